"""What holds for all tests."""

import signal


def pytest_configure(config):
    # A shell starts jobs in the background with Ctrl-C ignored, and their children inherit that.
    # The tests of interrupts need it as it is in the foreground.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
