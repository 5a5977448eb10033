"""The options given on the command line, as opposed to defaults."""

import typer


def given_parameters(context: typer.Context) -> dict[str, str]:
    """Return the parameters given on the command line: the name of each, and its spelling there."""
    return {
        str(parameter.name): (
            max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.human_readable_name
        )
        for parameter in context.command.params
        if (source := context.get_parameter_source(str(parameter.name))) and source.name == "COMMANDLINE"
    }
