"""What is wrong with a form's file, collected while it is read."""

from collections.abc import Callable, Sequence

from engine.errors import ExpressionError
from engine.forms.formulas import LONGEST, Formula
from engine.model.problems import Problem, Severity
from engine.model.text import Text, text


class Findings:
    """Collects problems, each with the component's line."""

    def __init__(self, file: str, line_of: Callable[[str], int]) -> None:
        """Keep the file's name and how to find a component's line."""
        self.file = file
        self.line_of = line_of
        self.found: list[Problem] = []
        #: Every expression with the component and attribute it stands in.
        self.formulas: list[tuple[str, str, Formula]] = []

    def error(self, component: str, code: str, message: Text) -> None:
        """Note something that stops a deployment."""
        self._note(component, code, message, Severity.ERROR)

    def warn(self, component: str, code: str, message: Text) -> None:
        """Note something that does not."""
        self._note(component, code, message, Severity.WARNING)

    def _note(self, component: str, code: str, message: Text, severity: Severity) -> None:
        self.found.append(
            Problem(
                file=self.file,
                line=self.line_of(component),
                element=component,
                code=code,
                message=message,
                severity=severity,
            )
        )

    def formula(self, said: str, component: str, attribute: str) -> Formula | None:
        """Read an expression with its leading ``=``; None, with a problem, if it is wrong."""
        if not said.startswith("=") or len(said) > LONGEST:
            reason = text("an expression begins with = and has at most {n} characters", n=LONGEST)
            self._refuse(component, attribute, reason)
            return None
        formula = Formula(said[1:].strip())
        try:
            _ = formula.compiled
        except ExpressionError as error:
            self._refuse(component, attribute, error.text)
            return None
        self.formulas.append((component, attribute, formula))
        return formula

    def _refuse(self, component: str, attribute: str, reason: Text) -> None:
        message = text("{attribute}: {reason}", attribute=attribute, reason=reason)
        self.error(component, "form.expression", message)

    def one_of(self, said: str, component: str, attribute: str, allowed: Sequence[str]) -> str:
        """Return the word, or nothing, with a problem, if it is none of the allowed ones."""
        if not said or said in allowed:
            return said
        message = text(
            "{attribute} must be one of: {allowed}", attribute=attribute, allowed=", ".join(allowed)
        )
        self.error(component, "form.attribute", message)
        return ""
