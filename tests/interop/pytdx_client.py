"""Reads a TDX server with the unmodified pytdx client and prints what it understood, as JSON.

    pytdx_client.py <host> <port>

Everything the server lists is read: counts, lists, daily bars page by page (indices as indices), corporate actions and
finances of shares; and of one share and one index the newest pages of the other categories of bars.
"""

import json
import sys

from pytdx.hq import TdxHq_API

PAGE = 800
# Of minutes there are more than the protocol's 16-bit start can reach.
MOST_PAGES = 3
MARKETS = (0, 1, 2)
OTHER_CATEGORIES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11)


def is_index(market, code):
    """By the number, as the protocol has it: bars of an index are longer by two counts."""
    beginnings = {0: ("399",), 1: ("000", "88", "99"), 2: ("899",)}[market]
    return code.startswith(beginnings)


def is_share(market, code):
    return code.startswith({0: ("00", "30"), 1: ("60", "68"), 2: ("43", "83", "87", "92")}[market])


def paged(ask):
    """Pages from the newest back, joined so that they ascend; a page that cannot be read raises."""
    rows = []
    for number in range(MOST_PAGES):
        page = ask(number * PAGE, PAGE)
        rows = page + rows
        if len(page) < PAGE:
            break
    return rows


def bars(api, category, market, code):
    read = api.get_index_bars if is_index(market, code) else api.get_security_bars
    return paged(lambda start, count: read(category, market, code, start, count))


def listed(api, market, count):
    rows = []
    while len(rows) < count:
        page = api.get_security_list(market, len(rows))
        if not page:
            raise RuntimeError("pytdx could not read the list of market %d at %d" % (market, len(rows)))
        rows += page
    return rows


def main(host, port):
    # Raised errors instead of None: nothing here may go missing without a word.
    api = TdxHq_API(raise_exception=True)
    with api.connect(host, port):
        counts = {market: api.get_security_count(market) for market in MARKETS}
        lists = {market: listed(api, market, counts[market]) for market in MARKETS}
        codes = [(market, row["code"]) for market in MARKETS for row in lists[market]]
        shares = [code for code in codes if is_share(*code)]
        indices = [code for code in codes if is_index(*code)]
        name = "{0[0]}:{0[1]}".format
        told = {
            "count": counts,
            "list": lists,
            "bars": {name(code): bars(api, 9, *code) for code in codes},
            "other_bars": {
                name(code): {category: bars(api, category, *code) for category in OTHER_CATEGORIES}
                for code in (shares[0], indices[0])
            },
            "xdxr": {name(code): api.get_xdxr_info(*code) for code in shares},
            "finance": {name(code): api.get_finance_info(*code) for code in shares},
        }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
