"""Runs Terraform's command line from its shared library: LIBRARY ARGUMENT..."""

import ctypes
import sys

library, arguments = sys.argv[1], [argument.encode() for argument in sys.argv[2:]]
run = ctypes.CDLL(library).RunCli
run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
argv = (ctypes.c_char_p * len(arguments))(*arguments)
sys.exit(run(len(arguments), argv, sys.stdout.fileno(), sys.stderr.fileno()))
