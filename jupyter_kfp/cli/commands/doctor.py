"""``jupyter kfp doctor``."""

from __future__ import annotations

import sys

import msgspec

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import ENVIRONMENT, OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.doctor_checks import Finding, all_findings
from jupyter_kfp.cli.output import print_json, print_text, use_colour
from jupyter_kfp.cli.styled_lines import Line, Role, Segment, pad, printable, render_lines

_ROLES: dict[str, Role] = {"ok": "good", "warn": "warn", "fail": "bad"}


class DoctorCommand(Command):
    """Check the installation, where things are stored, free disk, the database and the kernels.

    Each line is ok, warn or fail, with what to do. The exit code is 4 if anything failed.
    """

    verb = "doctor"
    description = __doc__
    examples = "jupyter kfp doctor"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take nothing."""

    def execute(self) -> int:
        """Look, and report as it goes."""
        findings: list[Finding] = []
        for finding in all_findings(self.settings, self.loaded_config_files):
            findings.append(finding)
            if not self.values.json:
                print_text(render_lines(finding_lines(finding), colour=use_colour(sys.stdout)))
        failed = any(finding.status == "fail" for finding in findings)
        if self.values.json:
            print_json({"ok": not failed, "findings": msgspec.to_builtins(findings)})
        return ENVIRONMENT if failed else OK


def finding_lines(finding: Finding) -> list[Line]:
    """One line, and one more if there is something to do."""
    lines: list[Line] = [
        [
            Segment(pad(finding.status, 4), _ROLES[finding.status]),
            Segment(f"  {pad(finding.what, 16)}  {printable(finding.detail)}"),
        ]
    ]
    if finding.todo:
        lines.append([Segment(f"      {'':16}  -> {printable(finding.todo)}", "name")])
    return lines
