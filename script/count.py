#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up test reports (JUnit XML) and ends with one honest line.

    count.py BROKEN REPORT...       BROKEN is 1 when a runner failed, whatever its report says
"""
import sys
import xml.etree.ElementTree as tree


def main():
    broken, files = sys.argv[1] == "1", sys.argv[2:]
    passed = failed = skipped = 0
    for file in files:
        for case in tree.parse(file).iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"failed: {case.get('classname', '')} {case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
                print(f"skipped: {case.get('classname', '')} {case.get('name')}")
            else:
                passed += 1
    if broken and not failed:
        failed = 1  # a runner broke off without a report
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


main()
