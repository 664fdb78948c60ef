#!/usr/bin/env python3
"""Sums up what the suites left behind: test_results.py FOLDER AT_LEAST SECONDS. The last line is `N passed, N failed, N skipped`."""
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

ALLOWED_REASON = "Docker"  # a skipped test says why; only a missing Docker engine is accepted


def read_xunit(file):
    passed, failed, skipped, broken = 0, [], [], []
    root = tree.parse(file).getroot()
    for test in root.iter("test"):
        result, name = test.get("result"), test.get("name")
        if result == "Pass":
            passed += 1
        elif result == "Skip":
            skipped.append((name, test.findtext("reason") or ""))
        elif result == "Fail":
            failed.append((name, test.findtext("failure/message") or ""))
    for error in root.iter("error"):
        broken.append((error.get("name") or error.get("type") or "suite", error.findtext("failure/message") or ""))
    return passed, failed + broken, skipped


def read_unittest(text):
    failed = [(name, "") for name in re.findall(r"^(?:FAIL|ERROR): (.+)$", text, re.MULTILINE)]
    skipped = [(name, reason) for name, reason in re.findall(r"^(.+?) \.\.\. skipped '(.*)'$", text, re.MULTILINE)]
    ran = re.search(r"^Ran (\d+) tests?", text, re.MULTILINE)
    return max(0, int(ran.group(1)) - len(failed) - len(skipped)) if ran else 0, failed, skipped


def main():
    folder, at_least, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    passed, failed, skipped = 0, [], []
    for log in sorted(folder.glob("*.log")):
        report, ended = log.with_suffix(".xml"), log.with_suffix(".code")
        code = int(ended.read_text()) if ended.exists() else 0
        text = log.read_text(errors="replace")
        try:
            suite = read_xunit(report) if report.exists() else read_unittest(text)
        except tree.ParseError:
            suite = (0, [], [])
        if code and not suite[1]:
            suite[1].append((log.stem, f"ended with {code}" + (" (out of time)" if code == 124 else "")))
            print(text[-3000:])
        print(f"{log.stem}: {suite[0]} passed, {len(suite[1])} failed, {len(suite[2])} skipped")
        for name, message in suite[1]:
            print(f"  FAILED {name}\n    " + "\n    ".join(message.strip().splitlines()[:25]))
        for name, reason in suite[2]:
            print(f"  skipped {name}: {reason}")
        passed, failed, skipped = passed + suite[0], failed + suite[1], skipped + suite[2]

    wrongly = [name for name, reason in skipped if ALLOWED_REASON not in reason]
    if wrongly:
        print(f"{len(wrongly)} tests were skipped for another reason than a missing Docker engine.")
    total = passed + len(failed) + len(skipped)
    if total < at_least:
        print(f"Only {total} tests ran; at least {at_least} must.")
    print(f"Took {seconds // 60} min {seconds % 60} s.")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    sys.exit(1 if failed or wrongly or total < at_least else 0)


main()
