"""What pip calls this package, and which version of it is installed."""

DISTRIBUTION = "recurrent-sentiment"  # in the package index, `sentiment` is another project


def installed_version() -> str:
    """Return the version, or `unknown` where the package is imported without being installed."""
    from importlib.metadata import PackageNotFoundError, version  # its parser of e-mail would slow every prediction

    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
