import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

/** Bars of cost. The table below it says the same in figures, so the drawing itself is silent to a screen reader. */
export function CostChart({
  points,
  money,
  label,
}: {
  points: { name: string; cost: number }[];
  money(usd: number): string;
  label: string;
}) {
  const tick = { fill: "var(--muted)", fontSize: 12 };
  return (
    <div aria-hidden className="h-full">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={points} accessibilityLayer={false} margin={{ top: 4, right: 4, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="name"
            tick={tick}
            tickLine={false}
            axisLine={false}
            minTickGap={28}
            interval="equidistantPreserveStart"
          />
          <YAxis tick={tick} tickLine={false} axisLine={false} width={64} tickFormatter={money} />
          <Tooltip
            cursor={{ fill: "var(--hover)" }}
            formatter={(value) => [money(Number(value)), label]}
            contentStyle={{
              background: "var(--raised)",
              border: "1px solid var(--line)",
              borderRadius: 10,
              color: "var(--ink)",
            }}
            labelStyle={{ color: "var(--muted)" }}
            itemStyle={{ color: "var(--ink)" }}
          />
          <Bar
            dataKey="cost"
            fill="var(--accent)"
            radius={[4, 4, 0, 0]}
            maxBarSize={44}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
