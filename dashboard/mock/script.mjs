/** What the mock answers: a sales analysis, an installation, a long task, failures on demand, or an honest line. */
import { readFileSync } from "node:fs";

const CHART = readFileSync(new URL("./chart.svg", import.meta.url));

const TEXT = {
  en: {
    intro: "I'll look at `sales.csv` first, then draw the chart.",
    result:
      '## Revenue in 2025\n\nRevenue grew over the year, with a clear peak in **November**.\n\n| Quarter | Revenue | Change |\n|---|---:|---:|\n| Q1 | 41,203,000 | |\n| Q2 | 44,980,500 | +9.2% |\n| Q3 | 47,112,000 | +4.7% |\n| Q4 | 58,340,900 | +23.8% |\n\n1. Seoul brings in almost half of it.\n2. Office chairs sell best before the school term.\n\n```python\nmonthly = sales.groupby("month")["revenue"].sum()\nmonthly.plot.bar()  # the chart above\n```\n\nThe method is described in the [pandas guide](https://pandas.pydata.org/docs/user_guide/groupby.html).',
  },
  ko: {
    intro: "먼저 `sales.csv`를 살펴보고 차트를 그릴게요.",
    result:
      '## 2025년 매출\n\n매출은 한 해 동안 꾸준히 늘었고 **11월**에 가장 높았어요.\n\n| 분기 | 매출 | 변화 |\n|---|---:|---:|\n| 1분기 | 41,203,000 | |\n| 2분기 | 44,980,500 | +9.2% |\n| 3분기 | 47,112,000 | +4.7% |\n| 4분기 | 58,340,900 | +23.8% |\n\n1. 매출의 절반 가까이가 서울에서 나와요.\n2. 사무용 의자는 개학 전에 가장 잘 팔려요.\n\n```python\nmonthly = sales.groupby("month")["revenue"].sum()\nmonthly.plot.bar()  # 위의 차트\n```\n\n자세한 방법은 [pandas 안내서](https://pandas.pydata.org/docs/user_guide/groupby.html)에 있어요.',
  },
};

export async function play(world, conversation, run) {
  const words = /[가-힣]/.test(run.content) ? TEXT.ko : TEXT.en;
  const scene = new Scene(world, conversation, run);
  world.workspace = "ready";
  run.state = "running";
  run.started_at = new Date().toISOString();
  scene.emit({ kind: "started" });
  try {
    await scene.wait(400);
    if (/fail/.test(run.content)) return scene.finish("failed", "model.overloaded");
    if (/long|오래/.test(run.content)) await long(scene, words);
    else if (/sales|매출|humanize/.test(run.content)) await sales(scene, words);
    else await scene.say("I am the mock server; I can only show what the screen looks like.");
    scene.finish("succeeded", null);
  } catch (stopped) {
    if (stopped !== "stopped") throw stopped;
    scene.finish(run.stop, "user");
  }
}

async function sales(scene, words) {
  scene.emit({ kind: "status", label: "thinking" });
  await scene.wait(700);
  await scene.say(words.intro);
  await scene.tool(
    "Read",
    { file_path: "/workspace/sales.csv" },
    300,
    "date,region,product,units,price,revenue\n…",
  );
  await scene.tool(
    "Bash",
    { command: "pip install openpyxl==3.1.5" },
    1500,
    "Successfully installed et-xmlfile-2.0.0 openpyxl-3.1.5",
  );
  const code =
    "python3 - <<'PY'\nimport pandas as pd\nsales = pd.read_csv('sales.csv')\nprint(sales.describe())\nPY";
  await scene.tool(
    "Bash",
    { command: code, description: "Analyse" },
    1800,
    "rows: 208\ntotal: 191,636,400\nbest month: 2025-11",
  );
  scene.file("chart.svg", CHART, "image/svg+xml");
  scene.file("summary.csv", scene.world.files.get("sales.csv").bytes, "text/csv");
  scene.file("report.xlsx", Buffer.alloc(18_230), "application/octet-stream");
  await scene.say(words.result);
}

async function long(scene, words) {
  await scene.say(words.intro);
  await scene.tool("Bash", { command: "python3 count.py" }, 30_000, "60");
  scene.emit({ kind: "retrying", attempt: 2, max_attempts: 10, delay_ms: 500, status: 529 });
  await scene.wait(3_000);
  await scene.say(words.result);
}

class Scene {
  block = 0;
  tools = 0;

  constructor(world, conversation, run) {
    Object.assign(this, { world, conversation, run });
  }

  emit(event) {
    this.world.emit(this.conversation, this.run, event);
  }

  async wait(ms) {
    for (let left = ms / this.world.speed; left > 0; left -= 50) {
      if (this.run.stop) throw "stopped";
      await new Promise((resolve) => setTimeout(resolve, Math.min(50, left)));
    }
  }

  async say(text) {
    const block = this.block++;
    for (const piece of text.match(/[\s\S]{1,6}/gu)) {
      this.world.delta(this.conversation, this.run, block, piece);
      await this.wait(25);
    }
    this.emit({ kind: "text", block, text });
  }

  async tool(name, input, ms, content) {
    const tool_use_id = `${this.run.id}-${this.tools++}`;
    this.emit({ kind: "tool_use", tool_use_id, name, input });
    await this.wait(ms);
    this.emit({ kind: "tool_result", tool_use_id, is_error: false, content });
    this.block++;
  }

  file(path, bytes, media_type) {
    this.world.write(path, bytes);
    this.emit({ kind: "file", path, size: bytes.length, media_type });
  }

  finish(state, reason) {
    const usage = {
      input_tokens: 1240,
      output_tokens: 862,
      cache_read_tokens: 18_400,
      cache_write_tokens: 2_100,
      cost_usd: 0.0421,
    };
    this.emit({ kind: "usage", ...usage, model: "claude-opus-5-5" });
    const { run } = this;
    Object.assign(run, { state, reason, usage, finished_at: new Date().toISOString() });
    run.result = state === "succeeded" ? "Revenue grew over the year, with a clear peak in November." : null;
    const duration_ms = Date.parse(run.finished_at) - Date.parse(run.started_at);
    this.emit({ kind: "finished", state, reason, result: run.result, duration_ms });
  }
}
