"""The peer of the feature kernels: the same features as SQL windows over the base file.

features_duckdb.py <base.duckdb> <threads>; prints `<rows> <seconds>`. The rows are counted, not fetched: fetching them
into Python would take longer than computing them.
"""

import sys
import time

import duckdb

SQL = """
    WITH returns AS (
        SELECT code, trade_date, close, close / lag(close) OVER series - 1 AS daily
        FROM curated_daily WINDOW series AS (PARTITION BY code ORDER BY trade_date)
    )
    SELECT count(*), sum(ma_5), sum(ma_10), sum(ma_20), sum(ma_60), sum(m5), sum(m20), sum(v20) FROM (
        SELECT avg(close) OVER (series ROWS 4 PRECEDING) AS ma_5,
               avg(close) OVER (series ROWS 9 PRECEDING) AS ma_10,
               avg(close) OVER (series ROWS 19 PRECEDING) AS ma_20,
               avg(close) OVER (series ROWS 59 PRECEDING) AS ma_60,
               close / lag(close, 5) OVER series - 1 AS m5,
               close / lag(close, 20) OVER series - 1 AS m20,
               stddev_samp(daily) OVER (series ROWS 19 PRECEDING) AS v20
        FROM returns WINDOW series AS (PARTITION BY code ORDER BY trade_date)
    )
"""

path, threads = sys.argv[1:]
connection = duckdb.connect(path, read_only=True, config={"threads": int(threads)})
connection.execute("SELECT sum(close) FROM curated_daily").fetchall()
begun = time.perf_counter()
rows = connection.execute(SQL).fetchall()[0][0]
print(rows, f"{time.perf_counter() - begun:.3f}")
