"""The peer of the quality rules: the comparable subset as a pandera schema over the same rows.

quality_pandera.py <base.duckdb> <from> <to>; prints `<rows> <seconds to read> <seconds to check> <peak MB> <failures>`.

Comparable are: no nulls, positive prices, low <= open and close <= high, volume and amount not negative, the mean price
within the day's range, one row per code and day, and no move beyond 20 % against the ex-right reference. Missing days,
price limits by board and date, events and factors have no counterpart here.
"""

import resource
import sys
import time

import duckdb
import pandera.pandas as pa

COLUMNS = "code, trade_date, open, high, low, close, pre_close, volume, amount"

path, first, last = sys.argv[1:]
positive = pa.Check.gt(0)
not_negative = pa.Check.ge(0)


def mean_price_in_range(frame):
    mean = frame["amount"] / frame["volume"].where(frame["volume"] > 0)
    slack = 0.001 * frame["high"] + (0.5 + frame["high"]) / frame["volume"].where(frame["volume"] > 0)
    return mean.isna() | ((mean >= frame["low"] - slack) & (mean <= frame["high"] + slack))


schema = pa.DataFrameSchema(
    {
        "code": pa.Column(str),
        "open": pa.Column(float, positive),
        "high": pa.Column(float, positive),
        "low": pa.Column(float, positive),
        "close": pa.Column(float, positive),
        "pre_close": pa.Column(float, positive),
        "volume": pa.Column("int64", not_negative),
        "amount": pa.Column(float, not_negative),
    },
    checks=[
        pa.Check(lambda frame: frame["low"] <= frame[["open", "close"]].min(axis=1), name="low_is_lowest"),
        pa.Check(lambda frame: frame["high"] >= frame[["open", "close"]].max(axis=1), name="high_is_highest"),
        pa.Check(mean_price_in_range, name="unit"),
        pa.Check(lambda frame: (frame["close"] / frame["pre_close"] - 1).abs() <= 0.2, name="large_move"),
    ],
    unique=["code", "trade_date"],
)

connection = duckdb.connect(path, read_only=True, config={"threads": 2})
begun = time.perf_counter()
frame = connection.execute(
    f"SELECT {COLUMNS} FROM normalized_daily WHERE trade_date BETWEEN ? AND ?", [first, last]
).fetch_df()
read = time.perf_counter() - begun
begun = time.perf_counter()
failures = 0
try:
    schema.validate(frame, lazy=True)
except pa.errors.SchemaErrors as errors:
    failures = len(errors.failure_cases)
checked = time.perf_counter() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(len(frame), f"{read:.3f}", f"{checked:.3f}", f"{peak:.0f}", failures)
