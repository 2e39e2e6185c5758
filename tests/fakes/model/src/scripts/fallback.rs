//! The honest answer to anything the demo cannot do.

use super::Language;
use crate::reply::Reply;

const ENGLISH: &str = "\
I am Berth's built-in demo model, not Claude. I follow a few fixed scripts, so I cannot answer this; everything around me is \
real, though: your workspace, the tools and the files.

Here is what I can show you:

- **“Analyse sales.csv and draw a chart”**: real Python makes a chart and a table. I bring a sample file if you have none.
- **“Install humanize and use it”**: a package is installed in your workspace and used at once.
- **“Analyse the sales every Monday at eight and mail me the table”**: I propose an agent that runs by itself; you confirm it.
- **“Run a long task”**: something that takes two minutes, to try the Stop button.

To work with Claude itself, add your Anthropic API key under **Settings → Model key**, or start Berth with \
`ANTHROPIC_API_KEY` set.";

const KOREAN: &str = "\
저는 Claude가 아니라 Berth에 내장된 데모 모델이에요. 정해진 몇 가지 시나리오만 따라 하기 때문에 이 질문에는 답할 수 없어요. \
하지만 작업 공간과 도구, 파일은 모두 진짜예요.

이런 것을 보여 드릴 수 있어요.

- **“sales.csv 분석해서 차트 그려줘”**: 실제 Python으로 차트와 표를 만들어요. 파일이 없으면 예제 파일을 준비해요.
- **“humanize 설치해서 써 봐”**: 작업 공간에 패키지를 설치하고 바로 사용해요.
- **“매주 월요일 8시에 매출 분석해서 표를 메일로 보내줘”**: 스스로 실행되는 에이전트를 제안해요. 확인하면 저장돼요.
- **“오래 걸리는 작업 실행해줘”**: 2분 걸리는 작업이에요. 중지 버튼을 시험해 볼 수 있어요.

Claude와 직접 일하려면 **설정 → 모델 키**에 Anthropic API 키를 넣거나, `ANTHROPIC_API_KEY`를 설정하고 Berth를 시작하면 돼요.";

pub(super) fn reply(language: Language) -> Reply {
    Reply::text(language.pick(ENGLISH, KOREAN))
}
