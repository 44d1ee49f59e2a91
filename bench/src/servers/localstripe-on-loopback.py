"""Starts localstripe as it is, but on the loopback address and with its file in the working directory.

Left to itself it listens on every address and writes to a fixed name under /tmp.
"""

import builtins
import os
import socket

from localstripe import resources, server

ITS_FILE = "/tmp/localstripe.pickle"


class LoopbackSocket(socket.socket):
    """Binds to the loopback address whatever it is told."""

    def bind(self, address):
        super().bind(("::ffff:127.0.0.1", address[1]))


def open_here(path, *args, **kwargs):
    return builtins.open(os.path.basename(path) if path == ITS_FILE else path, *args, **kwargs)


socket.socket = LoopbackSocket
resources.open = open_here
server.start()
