"""What holds for all tests."""

import signal
import socket


def pytest_configure(config):
    # A shell starts jobs in the background with Ctrl-C ignored, and their children inherit that.
    # The tests of interrupts need it as it is in the foreground.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    stay_here()


class Elsewhere(BaseException):
    """A test asked the network: nothing that catches exceptions catches this."""


def stay_here():
    """Let this process connect to nothing but this machine.

    Processes that tests start are not held here, but by `python -m tests.supply --offline`.
    """
    connect, connect_ex, getaddrinfo = (
        socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    )  # fmt: skip

    def is_here(host):
        name = host.decode() if isinstance(host, bytes) else host or "localhost"
        return name in ("localhost", "::1", "0.0.0.0", socket.gethostname()) or (
            name.startswith("127.")
        )

    def looked_at(function):
        def connected(self, address):
            asks = (
                isinstance(address, tuple) and self.type != socket.SOCK_DGRAM
            )  # which sends nothing
            if asks and not is_here(address[0]):
                raise Elsewhere(f"a test connects to {address}")
            return function(self, address)

        return connected

    def found(host, *args, **kwargs):
        numeric = isinstance(host, str) and (":" in host or not host.strip("0123456789."))
        if not (is_here(host) or numeric):
            raise Elsewhere(f"a test asks where {host} is")
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect, socket.socket.connect_ex = looked_at(connect), looked_at(connect_ex)
    socket.getaddrinfo = found
