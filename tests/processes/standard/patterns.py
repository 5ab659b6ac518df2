"""The workflow control-flow patterns, by their numbers (van der Aalst, Russell, ter Hofstede and others, 2006)."""

PATTERNS = (
    "sequence", "parallel split", "synchronization", "exclusive choice", "simple merge", "multi-choice",
    "structured synchronizing merge", "multi-merge", "structured discriminator", "arbitrary cycles",
    "implicit termination", "multiple instances without synchronization",
    "multiple instances with a priori design-time knowledge", "multiple instances with a priori run-time knowledge",
    "multiple instances without a priori run-time knowledge", "deferred choice", "interleaved parallel routing",
    "milestone", "cancel activity", "cancel case", "structured loop", "recursion", "transient trigger",
    "persistent trigger", "cancel region", "cancel multiple instance activity", "complete multiple instance activity",
    "blocking discriminator", "cancelling discriminator", "structured partial join", "blocking partial join",
    "cancelling partial join", "generalised AND-join", "static partial join for multiple instances",
    "cancelling partial join for multiple instances", "dynamic partial join for multiple instances",
    "acyclic synchronizing merge", "general synchronizing merge", "critical section", "interleaved routing",
    "thread merge", "thread split", "explicit termination",
)
NOT_IN_BPMN = {
    18: "a flow cannot ask whether another branch stands at a place",
    36: "instances cannot be added to an activity that is running",
    39: "branches cannot lock each other out",
}
"""Why BPMN cannot say it."""
