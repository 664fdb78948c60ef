"""The part of bench.py that measures databases: ours beside the vendor's own dump and load, on the same server, with the same rows."""
import os
import pathlib
import subprocess

ROWS, PERSONS = int(os.environ.get("BENCH_ROWS", "2000000")), int(os.environ.get("BENCH_PERSONS", "50000"))
DUMP_BAR, STORED_BAR, FIRST_MAP_BAR, NEXT_MAP_BAR, LOAD_BAR, PEAK_BAR = 1.5, 0.05, 4.0, 2.0, 1.3, 256 << 20
MAP = """application: bench
subjects:
  person: { table: person, key: person.id, identifiers: [ { email: person.email } ] }
tables:
  person: { owner: { person: person.id } }
  message: { owner: { person: message.person_id }, starts: message.created }
"""
COLUMNS = "id {serial} PRIMARY KEY, person_id int NOT NULL, created date NOT NULL, subject varchar(80) NOT NULL, body text NOT NULL"


class MariaDb:
    kind, name = "mariadb", "MariaDB"

    def __init__(self, scratch):
        self.socket = os.environ["MARIADB_SOCKET"]
        self.connection = scratch / "my.cnf"
        self.connection.touch(0o600)
        self.connection.write_text(f"[client]\nuser=root\nsocket={self.socket}\n")
        self.client = ["mariadb", f"--defaults-extra-file={self.connection}", "--batch"]
        self.dump = f"mariadb-dump --defaults-extra-file={self.connection} --single-transaction --routines --triggers --events bench"

    def sql(self, text, database="bench"):
        subprocess.run([*self.client, database], input=text, text=True, check=True)

    def make(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};", "mysql")

    def fill(self):
        self.make("bench")
        digits = ", ".join(f"SHA2(CONCAT(seq, '{letter}'), 512)" for letter in "abcd")
        self.sql("CREATE TABLE person (id int PRIMARY KEY, email varchar(80) NOT NULL, name varchar(80) NOT NULL);"
                 f"CREATE TABLE message ({COLUMNS.format(serial='int auto_increment')}, KEY (person_id));"
                 f"INSERT INTO person SELECT seq, CONCAT('person', seq, '@example.org'), CONCAT('Person ', seq) FROM seq_1_to_{PERSONS};"
                 f"INSERT INTO message SELECT seq, 1 + (seq * 7919) % {PERSONS}, '2022-01-01' + INTERVAL (seq * 1461) DIV {ROWS + 1} DAY, CONCAT('Message ', seq), "
                 f"LEFT(CONCAT_WS(' ', {digits}), 300 + seq % 200) FROM seq_1_to_{ROWS};")

    def change(self):
        """One row of a hundred: as many new ones as changed ones, these among the newest 2 % of the table."""
        half = ROWS // 200
        self.sql(f"UPDATE message SET body = CONCAT('changed ', body) WHERE id > {ROWS - ROWS // 50} AND id % 4 = 0;"
                 f"INSERT INTO message (person_id, created, subject, body) SELECT 1 + (seq * 7919) % {PERSONS}, '2025-12-31', CONCAT('New ', seq), SHA2(CONCAT(seq, 'n'), 512) FROM seq_1_to_{half};")

    def load(self, file):
        return f"mariadb --defaults-extra-file={self.connection} loaded < {file}"


class Postgres:
    kind, name = "postgres", "PostgreSQL"

    def __init__(self, scratch):
        self.socket = os.environ["POSTGRES_SOCKET"]
        self.connection = scratch / "pg_service.conf"
        self.connection.touch(0o600)
        self.connection.write_text(f"[bench]\nhost={self.socket}\nuser=postgres\n")
        self.dump = f"pg_dump -h {self.socket} -U postgres bench"

    def sql(self, text, database="bench"):
        subprocess.run(["psql", "-h", self.socket, "-U", "postgres", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database], input=text, text=True, check=True)

    def make(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name};\n", "postgres")

    def fill(self):
        self.make("bench")
        digits = ", ".join(f"encode(sha512((n || '{letter}')::bytea), 'hex')" for letter in "abcd")
        self.sql("CREATE TABLE person (id int PRIMARY KEY, email varchar(80) NOT NULL, name varchar(80) NOT NULL);"
                 f"CREATE TABLE message ({COLUMNS.format(serial='serial')}); CREATE INDEX ON message (person_id);"
                 f"INSERT INTO person SELECT n, 'person' || n || '@example.org', 'Person ' || n FROM generate_series(1, {PERSONS}) n;"
                 f"INSERT INTO message SELECT n, 1 + (n::bigint * 7919) % {PERSONS}, date '2022-01-01' + ((n::bigint * 1461) / {ROWS + 1})::int, 'Message ' || n, "
                 f"left(concat_ws(' ', {digits}), 300 + n % 200) FROM generate_series(1, {ROWS}) n; SELECT setval('message_id_seq', {ROWS}); ANALYZE;")

    def change(self):
        half = ROWS // 200
        self.sql(f"UPDATE message SET body = 'changed ' || body WHERE id > {ROWS - ROWS // 50} AND id % 4 = 0;"
                 f"INSERT INTO message (person_id, created, subject, body) SELECT 1 + (n::bigint * 7919) % {PERSONS}, date '2025-12-31', 'New ' || n, encode(sha512((n || 'n')::bytea), 'hex') "
                 f"FROM generate_series(1, {half}) n;")

    def load(self, file):
        return f"psql -h {self.socket} -U postgres -qX -d loaded -f {file}"


def change_everywhere(server):
    """One row of a hundred, all over the table."""
    server.sql("UPDATE message SET subject = 'changed' WHERE id % 100 = 7;")


def shell(bench, command):
    return bench.run(["bash", "-c", f"set -o pipefail; {command}"])


def round_of(bench, server, results):
    """First nights and second nights, without a map and with it, beside the vendor's dump; then both loads."""
    scratch = bench.SCRATCH
    say = lambda what, took: bench.say(f"  {server.name}, {what}: {took.wall:.2f} s, CPU {took.cpu:.2f} s, {took.peak >> 20} MiB")

    def keep(what, took):
        results.setdefault((server.kind, what), []).append(took)
        say(what, took)

    server.fill()
    (scratch / "bench.yaml").write_text(MAP)
    source = f"  - id: data\n    kind: {server.kind}\n    database: bench\n    connection_file: {server.connection}\n"
    plain, mapped = bench.Ours(scratch / "plain", source), bench.Ours(scratch / "mapped", source + f"    map: {scratch / 'bench.yaml'}\n")
    packed = scratch / "dump.zst"
    keep("dump", shell(bench, f"{server.dump} | zstd -3 -q -f -o {packed}"))
    keep("first", plain.backup())
    keep("first-map", mapped.backup())
    server.change()
    for what in ("next", "uniform"):
        before = plain.stored()
        keep(what, plain.backup())
        results.setdefault((server.kind, f"stored by {what}"), []).append((plain.stored() - before) / before)
        if what == "next":
            keep("next-map", mapped.backup())
            change_everywhere(server)
    packed.unlink()
    text = scratch / "dump.sql"
    shell(bench, f"{server.dump} > {text}")
    server.make("loaded")
    keep("vendor-load", shell(bench, server.load(text)))
    text.unlink()
    server.make("loaded")
    keep("load", plain.run("restore", "latest", "--database", "loaded", "--connection", server.connection))
    server.make("loaded")
    keep("load-map", mapped.run("restore", "latest", "--database", "loaded", "--connection", server.connection))
    server.make("loaded")
    server.make("bench")
    bench.remove(plain.place)
    bench.remove(mapped.place)


def table(bench, rounds):
    results, servers = {}, [MariaDb(bench.SCRATCH), Postgres(bench.SCRATCH)]
    for number in range(rounds):
        bench.say(f"Round {number + 1} of {rounds}")
        for server in servers:
            round_of(bench, server, results)
    made = bench.Table(f"{ROWS / 1e6:g} million rows of {PERSONS} persons, three sites", *(server.name for server in servers), "bar")
    wall = {key: bench.median([one.wall for one in took]) for key, took in results.items() if not key[1].startswith("stored")}

    def ratio(title, what, beside, limit):
        cells = []
        for server in servers:
            ours, there = wall[server.kind, what], wall[server.kind, beside]
            cells.append(made.bar(f"{server.name}, {title}", ours / there, limit, f"{ours:.1f} s / {there:.1f} s = {ours / there:.2f}"))
        made.add(title, *cells, f"≤ {limit:g}")

    def share(what):
        return [bench.median(results[server.kind, f"stored by {what}"]) for server in servers]

    ratio("first night / the vendor's dump with `zstd -3` into a file", "first", "dump", DUMP_BAR)
    ratio("first night with a data map / without", "first-map", "first", FIRST_MAP_BAR)
    ratio("next night, 1 % changed, with a data map / without", "next-map", "next", NEXT_MAP_BAR)
    near, apart = share("next"), share("uniform")
    made.add("stored by the next night; if the 1 % are changed all over the table",
             *(f"{made.bar('stored by the next night', one, STORED_BAR, f'{one:.1%}')}; {other:.1%}" for one, other in zip(near, apart)), f"≤ {STORED_BAR:.0%}")
    ratio("`restore --database` / the vendor's client with its dump", "load", "vendor-load", LOAD_BAR)
    made.add("the same of a database with a data map", *(f"{wall[server.kind, 'load-map']:.1f} s" for server in servers), "")
    peaks = [max(one.peak for what in ("first", "next", "first-map", "next-map", "load", "load-map") for one in results[server.kind, what]) for server in servers]
    made.add("peak memory of any", *(made.bar(f"{server.name}, memory", peak, PEAK_BAR, f"{peak >> 20} MiB") for server, peak in zip(servers, peaks)), f"≤ {PEAK_BAR >> 20} MiB")
    return made
