import {
  Bar,
  BarChart,
  CartesianGrid,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { useFormat } from "~/lib/format";
import type { DayPoint } from "./days";

export interface ChartSeries {
  key: string;
  name: string;
  colour: string;
}

/** Bars of days in the colours of agents. The table below says the same in figures, so the drawing is silent to a reader. */
export function DayChart({
  points,
  series,
  line,
  amount,
}: {
  points: readonly DayPoint[];
  series: readonly ChartSeries[];
  /** An amount that days are held against. */
  line: number | null;
  amount(value: number): string;
}) {
  const format = useFormat();
  const tick = { fill: "var(--muted)", fontSize: 12 };
  return (
    <div aria-hidden className="h-full">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={[...points]}
          accessibilityLayer={false}
          margin={{ top: 4, right: 4, bottom: 0, left: 0 }}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="day"
            tick={tick}
            tickLine={false}
            axisLine={false}
            minTickGap={28}
            interval="equidistantPreserveStart"
            tickFormatter={format.day}
          />
          <YAxis tick={tick} tickLine={false} axisLine={false} width={64} tickFormatter={amount} />
          <Tooltip
            cursor={{ fill: "var(--hover)" }}
            labelFormatter={(day) => format.day(String(day))}
            formatter={(value, name) => [amount(Number(value)), String(name)]}
            filterNull
            contentStyle={{
              background: "var(--raised)",
              border: "1px solid var(--line)",
              borderRadius: 10,
              color: "var(--ink)",
            }}
            labelStyle={{ color: "var(--muted)" }}
            itemStyle={{ color: "var(--ink)" }}
          />
          {series.map(({ key, name, colour }) => (
            <Bar
              key={key}
              dataKey={key}
              name={name}
              stackId="day"
              fill={colour}
              maxBarSize={44}
              isAnimationActive={false}
            />
          ))}
          {line !== null && (
            <ReferenceLine
              y={line}
              stroke="var(--ink)"
              strokeDasharray="5 4"
              strokeOpacity={0.7}
              ifOverflow="extendDomain"
            />
          )}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
