"""Reads an export as docs/parquet.md says, knowing nothing else, and registers it in a DuckLake.

parquet_reader.py <folder of the export> <empty folder for the DuckLake>; prints JSON: for each generation in the folder its
hash as computed here from the files' rows, and the same through the DuckLake.
"""

import hashlib
import json
import pathlib
import sys

import duckdb
import duckdb_extension_ducklake

SEPARATOR, NULL = b"\x1f", b"\x1e"


def as_text(value):
    """A value as the hash takes it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return b"true" if value else b"false"
    # The fewest digits that read back as the same number: 1.0, 1e+16, 1e-05. Dates as 2026-11-23.
    return (repr(value) if isinstance(value, float) else str(value)).encode()


def hash_of(rows):
    """Number of rows, and the sum of their hashes modulo 2^64."""
    count, total = 0, 0
    for row in rows:
        digest = hashlib.md5(SEPARATOR.join(as_text(value) for value in row)).digest()
        total = (total + int.from_bytes(digest[8:], "little")) % 2**64
        count += 1
    return count, f"{total:016x}"


def combined(sums):
    """The hash of a generation, from those of its tables."""
    lines = (f"{name}:{rows}:{hashed}\n" for name, (rows, hashed) in sorted(sums.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def check_files(folder, manifest):
    for table in manifest["tables"].values():
        for file in table["files"]:
            content = (folder / file["path"]).read_bytes()
            assert len(content) == file["size"], file
            assert hashlib.sha256(content).hexdigest() == file["sha256"], file


def rows_of(connection, table, source):
    columns = ", ".join(table["hashed"])
    return connection.execute(f"SELECT {columns} FROM {source}").fetchall()


def from_files(connection, folder, manifest):
    sums = {}
    for name, table in manifest["tables"].items():
        paths = [str(folder / file["path"]) for file in table["files"]]
        sums[name] = hash_of(rows_of(connection, table, f"read_parquet({paths})") if paths else [])
        for file in table["files"]:
            part = hash_of(rows_of(connection, table, f"read_parquet('{folder / file['path']}')"))
            assert part == (file["rows"], file["logical_hash"]), file
        keys = ", ".join(table["key"])
        if paths:
            twice = f"SELECT count(*) FROM (SELECT {keys} FROM read_parquet({paths}) GROUP BY ALL HAVING count(*) > 1)"
            assert connection.execute(twice).fetchone() == (0,), name
    return sums


def register(connection, folder, manifest):
    """One generation as one snapshot of the DuckLake; its number."""
    connection.execute("BEGIN")
    for name, table in manifest["tables"].items():
        columns = ", ".join(f"{column['name']} {column['type']}" for column in table["columns"])
        connection.execute(f"DROP TABLE IF EXISTS lake.{name}")
        connection.execute(f"CREATE TABLE lake.{name} ({columns})")
        for file in table["files"]:
            connection.execute(f"CALL ducklake_add_data_files('lake', '{name}', '{folder / file['path']}')")
    connection.execute("COMMIT")
    return connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()[0]


def from_lake(connection, manifest, snapshot):
    read = lambda name, table: hash_of(rows_of(connection, table, f"lake.{name} AT (VERSION => {snapshot})"))
    return {name: read(name, table) for name, table in manifest["tables"].items()}


def main():
    folder, scratch = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    connection = duckdb.connect()
    connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
    package = pathlib.Path(duckdb_extension_ducklake.__file__).parent
    connection.execute(f"LOAD '{next(package.glob('extensions/*/ducklake.duckdb_extension'))}'")
    connection.execute(f"ATTACH 'ducklake:{scratch / 'catalog.ducklake'}' AS lake (DATA_PATH '{scratch / 'data'}')")
    current = (folder / "CURRENT").read_text().strip()
    manifests = {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("gen-*.json"))}
    assert current == max(manifests), (current, list(manifests))
    snapshots = {}
    for name, manifest in manifests.items():
        assert manifest["format"] == 1, manifest["format"]
        check_files(folder, manifest)
        snapshots[name] = register(connection, folder, manifest)
    # What was registered first is read last: each generation is still there as it was.
    found = []
    for name, manifest in manifests.items():
        sums = from_files(connection, folder, manifest)
        lake = from_lake(connection, manifest, snapshots[name])
        for table, (rows, _) in sums.items():
            assert rows == manifest["tables"][table]["rows"], table
        found.append({
            "generation": manifest["generation"],
            "files": combined(sums),
            "lake": combined(lake),
            "tables": {table: {"rows": rows, "logical_hash": hashed} for table, (rows, hashed) in sums.items()},
        })
    json.dump(found, sys.stdout)


main()
