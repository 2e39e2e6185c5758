import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.font_manager
import matplotlib.pyplot as plt
import pandas as pd


def column(frame, *words):
    """The first column whose name contains one of the words, or None."""
    for word in words:
        for name in frame.columns:
            if word in str(name).lower():
                return name
    return None


sales = pd.read_csv("sales.csv" if os.path.exists("sales.csv") else "../sales.csv")
date = column(sales, "date", "day", "날짜", "일자")
amount = column(sales, "revenue", "sales", "amount", "total", "매출", "금액")
if date is None or amount is None:
    raise SystemExit(f"sales.csv needs a date and a revenue column; it has: {', '.join(map(str, sales.columns))}")
region = column(sales, "region", "area", "store", "지역", "지점")
product = column(sales, "product", "item", "category", "제품", "상품", "품목")
sales[date] = pd.to_datetime(sales[date])
sales["month"] = sales[date].dt.strftime("%Y-%m")
sales["group"] = sales[region] if region else "All"

table = sales.pivot_table(index="month", columns="group", values=amount, aggfunc="sum", fill_value=0)
by_month = table.sum(axis=1)
summary = table.assign(Total=by_month)
summary.to_csv("summary.csv")

korean = ("Pretendard", "Noto Sans CJK KR", "NanumGothic", "Nanum Gothic", "Malgun Gothic")
fonts = {font.name for font in matplotlib.font_manager.fontManager.ttflist}
plt.rcParams["font.family"] = [name for name in korean if name in fonts] + ["DejaVu Sans"]
plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
colours = ["#3b6fd4", "#6aa9e9", "#f2a65a", "#7cc4a4", "#b48ad8", "#e07a8b"]
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), dpi=130, width_ratios=[3, 2])
table.plot.bar(stacked=True, ax=left, color=colours, width=0.72, edgecolor="white")
left.set(title="Revenue by month", xlabel="", ylabel="")
left.tick_params(axis="x", rotation=0)
left.legend(title="", frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.1))
shares = sales.groupby(product or "group")[amount].sum().sort_values()
right.barh(shares.index.astype(str), shares, color=colours[0], height=0.6)
right.set(title=f"Revenue by {'product' if product else 'group'}")
for axis in (left.yaxis, right.xaxis):
    axis.set_major_formatter(lambda value, _: f"{value / 1e6:g}M" if abs(value) >= 1e6 else f"{value:,.0f}")
left.grid(axis="y", color="#e6e8ec")
right.grid(axis="x", color="#e6e8ec")
left.set_axisbelow(True)
right.set_axisbelow(True)
figure.tight_layout()
figure.savefig("chart.png")


def best(series):
    return f"{series.idxmax()} = {series.max():,.0f}"


print(f"rows: {len(sales)}")
print(f"period: {sales[date].min():%Y-%m-%d} .. {sales[date].max():%Y-%m-%d}")
print(f"total: {sales[amount].sum():,.0f}")
print(f"best month: {best(by_month)}")
if region:
    print(f"best region: {best(table.sum())}")
if product:
    print(f"best product: {best(shares)}")
print("saved: chart.png, summary.csv")
print(summary.round(0).astype(int).to_csv(), end="")
