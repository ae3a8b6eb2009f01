import os
import subprocess
import sys


def judge(name: str) -> None:
    # ruleid: command-through-a-shell
    subprocess.run(f"pdfinfo {name}", shell=True, check=True)
    # ruleid: command-through-a-shell
    subprocess.Popen("pdfinfo " + name, stdout=subprocess.PIPE, shell=True)
    # ruleid: command-through-a-shell
    os.system("pdfinfo " + name)
    # ruleid: command-through-a-shell
    subprocess.getoutput("pdfinfo " + name)
    # ok: command-through-a-shell
    subprocess.run([sys.executable, "-m", "portal", "check", name], check=True)
    # ok: command-through-a-shell
    subprocess.run(["pdfinfo", name], shell=False, check=True)
