#!/usr/bin/env python3
"""The measuring part of bench.sh: runs the steps, takes wall time, CPU time and peak memory of each process from wait4, and prints the tables."""
import argparse
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

import bench_databases

CITIES = [("a", "Unna"), ("b", "Nürnberg"), ("c", "Falkenstein")]
PARTS = ("tree", "gc", "erase", "cities", "subjects", "databases")
# step, what it is called, bar for ours / restic in wall time
STEPS = [("first", "first backup", 0.60), ("unchanged", "unchanged", 0.30), ("next", "next version of the tree", 0.50),
         ("restore", "restore", 0.55), ("verify", "`verify --site a --read-data all` / `check --read-data`", 0.80)]
STORED_BAR, PEAK_BAR, STARTUP_BAR = 0.85, 256 << 20, 0.1
GC_BAR = 0.2
ERASE_SECONDS, ERASE_GROWTH, ERASE_RESTIC, FIND_SECONDS = 5.0, 1.3, 0.1, 1.0
ERASE_SIZES = [int(float(size) * 1e9) for size in os.environ.get("BENCH_ERASE_GB", "0.5 5").split()]
PERSON_FILES, PERSON_FILE, PERSON_NIGHTS, PERSONS_ERASED = 100, 50_000, 30, 5
SUBJECT_TIME, SUBJECT_BYTES, SUBJECT_OBJECTS = 3.0, 1.5, 200
RESTIC = os.environ.get("BENCH_RESTIC") or "restic"
MANY = int(os.environ.get("BENCH_SUBJECTS", "100000"))


class Measure:
    """Wall and CPU seconds, peak bytes of one process and its children."""

    def __init__(self, wall, cpu, peak):
        self.wall, self.cpu, self.peak = wall, cpu, peak


def touch_memory(size=2 << 30):
    """A virtual machine gives free memory back to its host, and whoever touches it first pays for the way back: some 1.5 s of a restore, ours or theirs."""
    script = f"import mmap; memory = mmap.mmap(-1, {size}); memory[::mmap.PAGESIZE] = bytes({size} // mmap.PAGESIZE)"
    subprocess.run([sys.executable, "-c", script], check=True)


def run(command, codes=(0,), **environment):
    """Runs a command with nothing left to write back from the one before, and says what it took."""
    os.sync()
    with open(os.devnull, "r+b") as null, open(SCRATCH / "errors", "w+b") as errors:
        started = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], stdin=null, stdout=null, stderr=errors, env={**os.environ, **environment})
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            errors.seek(0)
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{errors.read().decode(errors='replace')[-3000:]}")
    return Measure(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def folder_bytes(folder):
    return sum(file.lstat().st_size for file in pathlib.Path(folder).rglob("*") if file.is_file())


def folder_objects(folder):
    return sum(1 for file in pathlib.Path(folder).rglob("*") if file.is_file())


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


class Ours:
    """Three local sites."""

    name = "backupctl"

    def __init__(self, place, source):
        remove(place)
        self.place = pathlib.Path(place)
        (self.place / "sites").mkdir(parents=True)
        secret = self.place / "passphrase"
        secret.touch(0o600)
        secret.write_text("benchmark\n")
        sites = "\n".join(f"  - {{ id: {id}, kind: local, path: sites/{id}, city: {city}, country: DE }}" for id, city in CITIES)
        (self.place / "backup.yaml").write_text(
            f"version: 1\ntenant: bench\nstate: state\nkeys: {{ passphrase_file: passphrase }}\nsites:\n{sites}\nplacement: {{ cities: 3 }}\n"
            f"sources:\n{source}")
        self.run("init", "--recovery-out", self.place / "recovery")

    @classmethod
    def of_files(cls, place, roots, rules=""):
        return cls(place, f"  - id: data\n    kind: files\n    roots: [{roots}]\n{rules}")

    def run(self, *arguments):
        return run([BINARY, "--policy", self.place / "backup.yaml", "-q", *arguments])

    def backup(self):
        return self.run("backup")

    def restore(self, target):
        return self.run("restore", "latest", "--target", target)

    def verify(self):
        return self.run("verify", "--site", "a", "--read-data", "all")

    def stored(self):
        return folder_bytes(self.place / "sites" / "a")

    def objects(self):
        return folder_objects(self.place / "sites" / "a")


class Restic:
    """One local repository, with its defaults."""

    name = "restic"

    def __init__(self, place, roots):
        remove(place)
        self.place, self.roots = pathlib.Path(place), roots
        self.place.mkdir(parents=True)
        (self.place / "password").write_text("benchmark\n")
        self.environment = {"RESTIC_REPOSITORY": str(self.place / "repository"), "RESTIC_PASSWORD_FILE": str(self.place / "password"),
                            "RESTIC_CACHE_DIR": str(self.place / "cache")}
        self.run("init")

    def run(self, *arguments):
        return run([RESTIC, "-q", *arguments], **self.environment)

    def backup(self):
        return self.run("backup", self.roots)

    def restore(self, target):
        return self.run("restore", "latest", "--target", target)

    def verify(self):
        return self.run("check", "--read-data")

    def stored(self):
        return folder_bytes(self.place / "repository")


class Borg:
    """One local repository, encrypted, with the same compression; for information."""

    name = "borg"

    def __init__(self, place, roots):
        remove(place)
        self.place, self.roots, self.number = pathlib.Path(place), roots, 0
        self.place.mkdir(parents=True)
        self.environment = {"BORG_REPO": str(self.place / "repository"), "BORG_PASSPHRASE": "benchmark", "BORG_BASE_DIR": str(self.place / "home"),
                            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
        self.run("init", "-e", "repokey")

    def run(self, *arguments, folder=None):
        command = ["borg", *arguments]
        return run(command if folder is None else ["env", "-C", folder, *command], **self.environment)

    def backup(self):
        self.number += 1
        return self.run("create", "--compression", "zstd,3", f"::{self.number}", self.roots)

    def restore(self, target):
        os.makedirs(target)
        return self.run("extract", f"::{self.number}", folder=target)

    def verify(self):
        return self.run("check", "--verify-data")

    def stored(self):
        return folder_bytes(self.place / "repository")


def say(text):
    print(text, file=sys.stderr, flush=True)


def read_once(tree):
    """Brings a tree into the page cache, so that nobody pays for being the first, or for a kernel that took the pages back meanwhile."""
    for folder, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                with open(path, "rb") as file:
                    while file.read(1 << 20):
                        pass


def differing(one, other):
    return subprocess.run(["diff", "-rq", "--no-dereference", str(one), str(other)], stdout=subprocess.PIPE).stdout.decode(errors="replace")


def tree_round(number, trees, results):
    """One round: every tool does one step before any does the next. Ours and restic begin by turns; borg, which is for information, comes last."""
    data, old, new = SCRATCH / "data", SCRATCH / "old", SCRATCH / "new"
    for folder, tree in ((old, trees[0]), (new, trees[1])):
        if not folder.exists():
            subprocess.run(["cp", "-a", tree, folder], check=True)
    os.rename(old, data)
    tools = [Ours.of_files(SCRATCH / "ours", data), Restic(SCRATCH / "restic", data), Borg(SCRATCH / "borg", data)]
    if number % 2 == 1:
        tools[0], tools[1] = tools[1], tools[0]

    def measure(step, action):
        for tool in tools:
            read_once(data)
            touch_memory()
            took = action(tool)
            results.setdefault((tool.name, step), []).append(took)
            say(f"  {step}: {tool.name} {took.wall:.2f} s, CPU {took.cpu:.2f} s, {took.peak >> 20} MiB")

    measure("first", lambda tool: tool.backup())
    measure("unchanged", lambda tool: tool.backup())
    os.rename(data, old)
    os.rename(new, data)
    measure("next", lambda tool: tool.backup())
    for tool in tools:
        # Nothing is removed before the end: ext4 is slow to give inodes out again for five minutes, and whoever came next would pay for it.
        target = SCRATCH / f"restored-{tool.name}-{number}"
        touch_memory()
        took = tool.restore(target)
        results.setdefault((tool.name, "restore"), []).append(took)
        say(f"  restore: {tool.name} {took.wall:.2f} s, CPU {took.cpu:.2f} s, {took.peak >> 20} MiB")
        if number == 0 and tool.name == Ours.name and (wrong := differing(data, f"{target}{data}")):
            sys.exit("What was restored is not what was saved:\n" + wrong[:3000])
    measure("verify", lambda tool: tool.verify())
    for tool in tools:
        results.setdefault((tool.name, "stored"), []).append(tool.stored())
        remove(tool.place)
    os.rename(data, new)


def median(values):
    return statistics.median(values)


class Table:
    """Lines of Markdown, and whether every bar was kept."""

    def __init__(self, *heads):
        self.lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        self.missed = []

    def add(self, *cells):
        self.lines.append("| " + " | ".join(cells) + " |")

    def bar(self, name, value, limit, text):
        if value > limit:
            self.missed.append(f"{name}: {text}")
        return f"{'**missed** ' if value > limit else ''}{text}"


def tree_table(results):
    table = Table("step", "ours, three sites: wall · CPU · peak", "restic, one site", "ours / restic: wall (bar) · CPU · peak", "borg, one site")

    def cell(tool, step):
        took = results[tool, step]
        return f"{median([one.wall for one in took]):.2f} s · {median([one.cpu for one in took]):.2f} s · {max(one.peak for one in took) >> 20} MiB"

    for step, name, limit in STEPS:
        ours, theirs = results["backupctl", step], results["restic", step]
        ratio = {field: median([getattr(one, field) for one in ours]) / median([getattr(one, field) for one in theirs]) for field in ("wall", "cpu", "peak")}
        wall = table.bar(name, ratio["wall"], limit, f"{ratio['wall']:.2f} (≤ {limit:.2f})")
        table.add(name, cell("backupctl", step), cell("restic", step), f"{wall} · {ratio['cpu']:.2f} · {ratio['peak']:.2f}", cell("borg", step))
    stored = {tool: median(results[tool, "stored"]) for tool in ("backupctl", "restic", "borg")}
    ratio = stored["backupctl"] / stored["restic"]
    table.add("stored at one site after both versions", *(f"{stored[tool] / 1e6:.1f} MB" for tool in ("backupctl", "restic")),
              table.bar("stored", ratio, STORED_BAR, f"{ratio:.2f} (≤ {STORED_BAR:.2f})"), f"{stored['borg'] / 1e6:.1f} MB")
    peaks = {tool: max(one.peak for step, _, _ in STEPS for one in results[tool, step]) for tool in ("backupctl", "restic", "borg")}
    table.add("peak memory of any step", f"{peaks['backupctl'] >> 20} MiB", f"{peaks['restic'] >> 20} MiB",
              table.bar("peak memory", peaks["backupctl"], PEAK_BAR, f"{peaks['backupctl'] / (1 << 20):.0f} MiB (≤ {PEAK_BAR >> 20})"), f"{peaks['borg'] >> 20} MiB")
    startup = median([run([BINARY, "version"]).wall for _ in range(11)])
    table.add("`backupctl version`", f"{startup * 1000:.0f} ms", "", table.bar("startup", startup, STARTUP_BAR, f"{startup * 1000:.0f} ms (≤ {STARTUP_BAR * 1000:.0f})"), "")
    return table


def fill_folders(place, texts):
    """One folder a person, one file a folder: 2 KiB of random bytes, or a short mail of generated words."""
    remove(place)
    source = random.Random(place.name)
    words = ["".join(source.choices("abcdefghijklmnoprstuvwz", k=source.randint(2, 10))) for _ in range(4000)]
    for number in range(MANY):
        folder = place / f"person{number:06}"
        folder.mkdir(parents=True)
        if texts:
            head = f"From: {source.choice(words)}@example.org\nTo: person{number:06}@example.org\nSubject: {' '.join(source.choices(words, k=5))}\n\n"
            content = (head + " ".join(source.choices(words, k=source.randint(100, 450)))).encode()
        else:
            content = source.randbytes(2048)
        (folder / "file").write_bytes(content)


def subjects_table(rounds):
    table = Table("100,000 folders, one file each" if MANY == 100000 else f"{MANY} folders, one file each", "without rules", "one person a folder", "ratio", "objects at one site")
    for name, texts in (("2 KiB of random bytes", False), ("generated mail text", True)):
        data = SCRATCH / ("texts" if texts else "random")
        say(f"Writing {MANY} folders: {name}")
        fill_folders(data, texts)
        read_once(data)
        rule = f"    subjects: [ {{ match: \"{data}/{{person}}/**\", id: \"customer:{{person}}\" }} ]\n"
        walls, stored, objects = {"": [], rule: []}, {}, 0
        for number in range(rounds):
            for rules in ("", rule) if number % 2 == 0 else (rule, ""):
                ours = Ours.of_files(SCRATCH / "ours", data, rules)
                touch_memory()
                took = ours.backup()
                say(f"  {'with' if rules else 'without'} rules: {took.wall:.2f} s, CPU {took.cpu:.2f} s, {took.peak >> 20} MiB, {ours.stored() / 1e6:.1f} MB, {ours.objects()} objects")
                walls[rules].append(took.wall)
                stored[rules] = ours.stored()
                objects = ours.objects() if rules else objects
                remove(ours.place)
        slower, larger = median(walls[rule]) / median(walls[""]), stored[rule] / stored[""]
        bounded = not texts
        table.add(f"{name}: first backup", f"{median(walls['']):.2f} s", f"{median(walls[rule]):.2f} s",
                  table.bar(name, slower, SUBJECT_TIME, f"{slower:.2f} (≤ {SUBJECT_TIME})") if bounded else f"{slower:.2f}", "")
        table.add(f"{name}: bytes at one site", f"{stored[''] / 1e6:.1f} MB", f"{stored[rule] / 1e6:.1f} MB",
                  table.bar(name, larger, SUBJECT_BYTES, f"{larger:.2f} (≤ {SUBJECT_BYTES})") if bounded else f"{larger:.2f}",
                  table.bar(f"{name}, objects", objects, SUBJECT_OBJECTS - 1, f"{objects} (< {SUBJECT_OBJECTS})") if bounded else str(objects))
        remove(data)
    return table


def change(tree, night):
    """What a night brings: one file in fifty has a line more, one in five hundred is gone."""
    chance = random.Random(night)
    for folder, folders, files in os.walk(tree):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                continue
            lot = chance.randrange(500)
            if lot < 10:
                with open(path, "ab") as file:
                    file.write(b"night %d %d\n" % (night, chance.randrange(1 << 30)))
            elif lot == 10:
                os.unlink(path)


def gc_round(number, trees, results):
    """The same history for both: a version, three nights on it, the next version; all but the last is forgotten. Ours keeps the last three whatever it is told, so these are the same."""
    data, old, new = SCRATCH / "data", SCRATCH / "old", SCRATCH / "new"
    for folder, tree in ((old, trees[0]), (new, trees[1])):
        remove(folder)
        subprocess.run(["cp", "-a", tree, folder], check=True)
    os.rename(old, data)
    ours = Ours.of_files(SCRATCH / "ours", data, "    class: last\nclasses: { last: { keep: { last: 1 } } }\ngc: { grace: 0s }\n")
    restic = Restic(SCRATCH / "restic", data)
    for night in range(4):
        if night > 0:
            change(data, night)
        ours.backup()
        restic.backup()
    os.rename(data, old)
    os.rename(new, data)
    for _ in range(3):
        ours.backup()
    restic.backup()
    before = {ours.name: ours.stored(), restic.name: restic.stored()}
    ours.run("forget")
    restic.run("forget", "--keep-last", "1")
    for tool, command in ((ours, ("gc", "--max-delete", "all")), (restic, ("prune",)))[::-1 if number % 2 else 1]:
        touch_memory()
        took = tool.run(*command)
        results.setdefault((tool.name, "gc"), []).append(took)
        results.setdefault((tool.name, "freed"), []).append(before[tool.name] - tool.stored())
        results.setdefault((tool.name, "left"), []).append(tool.stored())
        say(f"  gc: {tool.name} {took.wall:.2f} s, CPU {took.cpu:.2f} s, {took.peak >> 20} MiB; {before[tool.name] / 1e6:.1f} MB before, {tool.stored() / 1e6:.1f} MB after")
    if number == 0:
        target = SCRATCH / "restored-gc"
        for site, _ in CITIES:
            remove(target)
            ours.run("restore", "latest", "--site", site, "--target", target)
            if wrong := differing(data, f"{target}{data}"):
                sys.exit(f"What was restored from {site} after gc is not what was saved:\n" + wrong[:3000])
        remove(target)
    for folder in (ours.place, restic.place, data, old):
        remove(folder)


def gc_table(results):
    table = Table("freeing space", "ours, three sites", "restic, one site", "ours / restic (bar)")
    walls = {tool: median([one.wall for one in results[tool, "gc"]]) for tool in ("backupctl", "restic")}
    ratio = walls["backupctl"] / walls["restic"]
    table.add("`gc` / `prune`", *(f"{walls[tool]:.2f} s · {median([one.cpu for one in results[tool, 'gc']]):.2f} s · {max(one.peak for one in results[tool, 'gc']) >> 20} MiB" for tool in ("backupctl", "restic")),
              table.bar("gc", ratio, GC_BAR, f"{ratio:.2f} (≤ {GC_BAR:.2f})"))
    table.add("freed at one site", *(f"{median(results[tool, 'freed']) / 1e6:.1f} MB" for tool in ("backupctl", "restic")), "")
    table.add("left at one site", *(f"{median(results[tool, 'left']) / 1e6:.1f} MB" for tool in ("backupctl", "restic")), "")
    return table


def fill_persons(place, size):
    """Each person has a hundred files of 50 kB of random bytes, as mails are; so many persons as make up the size."""
    remove(place)
    source = random.Random(size)
    for number in range(size // (PERSON_FILES * PERSON_FILE)):
        folder = place / f"person{number:05}"
        folder.mkdir(parents=True)
        for file in range(PERSON_FILES):
            (folder / f"file{file}").write_bytes(source.randbytes(PERSON_FILE))


def erase_round(number, trees, results):
    """A person out of a month of nights, and four more: keys, objects and a listing at three sites here; `rewrite --exclude --forget` and `prune` for the first at one site there."""
    for size in ERASE_SIZES:
        data = SCRATCH / "persons"
        fill_persons(data, size)
        ours = Ours.of_files(SCRATCH / "ours", data, f"    subjects: [ {{ match: \"{data}/{{person}}/**\", id: \"customer:{{person}}\" }} ]\n")
        restic = Restic(SCRATCH / "restic", data)
        for night in range(PERSON_NIGHTS):
            if night > 0:
                for folder in list(data.iterdir())[:20]:
                    (folder / "file0").write_bytes(random.Random(night).randbytes(PERSON_FILE))
            ours.backup()
            restic.backup()
        persons = [f"person{30 + each:05}" for each in range(PERSONS_ERASED)]
        for person in persons:
            touch_memory()
            took = ours.run("erase", "run", "--subject", f"customer:{person}", "--reason", "request", "--yes")
            results.setdefault(("first" if person == persons[0] else "next", size), []).append(took)
            say(f"  {size / 1e9:g} GB: erased here in {took.wall:.2f} s, CPU {took.cpu:.2f} s, {took.peak >> 20} MiB")
        before = time.monotonic()
        restic.run("rewrite", "--exclude", str(data / persons[0]), "--forget")
        restic.run("prune", "--max-unused", "0")  # else what was removed stays as long as little is unused
        there = time.monotonic() - before
        results.setdefault(("restic", size), []).append(there)
        say(f"  {size / 1e9:g} GB: erased there in {there:.2f} s")
        for place in (ours.place, restic.place, data):
            remove(place)


def find_seconds(tests, rounds):
    """`subject find` among 100,000 persons in 1,000 snapshots: one night is real, the others are made of its trees by a test."""
    data = SCRATCH / "texts"
    fill_folders(data, True)
    ours = Ours.of_files(SCRATCH / "ours", data, f"    subjects: [ {{ match: \"{data}/{{person}}/**\", id: \"customer:{{person}}\" }} ]\n")
    ours.backup()
    done = subprocess.run([tests, "-noLogo", "-noColor", "-explicit", "only", "-method", "*ManySnapshotsTests.Multiply"],
                          env={**os.environ, "BACKUP_TEST_POLICY": str(ours.place / "backup.yaml"), "BACKUP_TEST_SNAPSHOTS": "999"}, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"999 more snapshots were not made:\n{done.stdout[-2000:]}")
    first = ours.run("subject", "find", "customer:person000007")
    later = [ours.run("subject", "find", "customer:person000007") for _ in range(max(3, rounds))]
    say(f"  subject find: {first.wall:.2f} s the first time, then {median([one.wall for one in later]):.2f} s, {max(one.peak for one in later) >> 20} MiB")
    return first.wall, median([one.wall for one in later])


def erase_table(results, tests, rounds):
    small, large = ERASE_SIZES
    wall = {key: median([one.wall for one in results[key]]) for key in results if key[0] != "restic"}
    there = {size: median(results["restic", size]) for size in ERASE_SIZES}
    growth, ratio = wall["next", large] / wall["next", small], wall["first", large] / there[large]
    table = Table("erasing one person", f"in {small / 1e9:g} GB", f"in {large / 1e9:g} GB", "bar")
    table.add("`erase run`, the first in a month: keys and objects gone and listed at three sites", f"{wall['first', small]:.2f} s", f"{wall['first', large]:.2f} s",
              table.bar("erase, the first", wall["first", large], ERASE_SECONDS, f"(≤ {ERASE_SECONDS:g} s)"))
    table.add(f"the next {PERSONS_ERASED - 1}, each", f"{wall['next', small]:.2f} s", f"{wall['next', large]:.2f} s", table.bar("erase, growth", growth, ERASE_GROWTH, f"{growth:.2f} (≤ {ERASE_GROWTH})"))
    table.add("`restic rewrite --exclude --forget`, `prune` at one site", f"{there[small]:.2f} s", f"{there[large]:.2f} s",
              table.bar("erase beside restic", ratio, ERASE_RESTIC, f"{ratio:.2f} (≤ {ERASE_RESTIC})"))
    first, later = find_seconds(tests, rounds)
    table.add("`subject find`, 100,000 persons in 1,000 snapshots", "", f"{first:.2f} s the first time", table.bar("find", later, FIND_SECONDS, f"{later:.2f} s (≤ {FIND_SECONDS:g})"))
    return table


def machine():
    cpu = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "unknown CPU")
    versions = {}
    for tool, command in (("restic", [RESTIC, "version"]), ("borg", ["borg", "--version"])):
        if shutil.which(command[0]):
            versions[tool] = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()[1]
    return f"{os.cpu_count()} × {cpu}; " + ", ".join(f"{tool} {version}" for tool, version in versions.items())


def cities_table(binary, rounds):
    """Three rented cities, each behind a slow line: measured by a program that shares its servers and lines with the tests."""
    done = subprocess.run([binary, "cities", str(rounds)], env={**os.environ, "BACKUPCTL": BINARY}, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{binary} ended with {done.returncode}.")
    table = Table("")
    table.lines = done.stdout.strip().splitlines()
    table.missed = [line for line in table.lines if "**missed**" in line]
    return table


def gc_memory(tests):
    """A gc of a repository of 100,000 packs, whose memory the kernel counts. A test does it, and fails above its bound."""
    done = subprocess.run([tests, "-noLogo", "-noColor", "-explicit", "only", "-class", "*GcMemoryTests", "-showLiveOutput"],
                          env={**os.environ, "BACKUP_TEST_GC_PACKS": "100000"}, stdout=subprocess.PIPE, text=True)
    taken = re.search(r"gc of \d+ packs took (\d+) MiB", done.stdout)
    if not taken:
        sys.exit(f"gc of 100,000 packs was not measured:\n{done.stdout[-2000:]}")
    return int(taken.group(1))


def into_readme(part, text):
    readme = pathlib.Path("README.md")
    whole = readme.read_text()
    begin, end = f"<!-- bench:{part} -->", f"<!-- bench:{part}:end -->"
    start, stop = whole.index(begin) + len(begin), whole.index(end)
    readme.write_text(f"{whole[:start]}\n{text}\n{whole[stop:]}")


def main():
    global BINARY, SCRATCH
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["all", *PARTS])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--benchmarks")
    parser.add_argument("--tests")
    parser.add_argument("--scratch", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--trees", nargs=2, default=[])
    arguments = parser.parse_args()
    BINARY, SCRATCH = arguments.binary, arguments.scratch

    def rounds_of(measure):
        results = {}
        for number in range(arguments.rounds):
            say(f"Round {number + 1} of {arguments.rounds}")
            measure(number, arguments.trees, results)
        return results

    def gc():
        table = gc_table(rounds_of(gc_round))
        peak = gc_memory(arguments.tests)
        table.add("`gc` of 100,000 packs, memory taken", f"{peak} MiB", "", table.bar("gc, 100,000 packs", peak, PEAK_BAR >> 20, f"{peak} MiB (≤ {PEAK_BAR >> 20})"))
        return table

    measures = {"tree": lambda: tree_table(rounds_of(tree_round)), "gc": gc,
                "erase": lambda: erase_table(rounds_of(erase_round), arguments.tests, arguments.rounds),
                "cities": lambda: cities_table(arguments.benchmarks, arguments.rounds), "subjects": lambda: subjects_table(arguments.rounds),
                "databases": lambda: bench_databases.table(sys.modules[__name__], arguments.rounds)}
    missed = []
    for part in PARTS if arguments.what == "all" else [arguments.what]:
        say(f"Measuring: {part}")
        table = measures[part]()
        text = "\n".join(table.lines)
        text += f"\n\n{f'Medians of {arguments.rounds} rounds' if arguments.rounds > 1 else 'Figures of 1 round'}, {time.strftime('%Y-%m-%d')}, {machine()}."
        print(text + "\n")
        if arguments.readme:
            into_readme(part, text)
        missed += table.missed
    for miss in missed:
        say(f"Missed: {miss}")
    sys.exit(1 if missed else 0)


main()
