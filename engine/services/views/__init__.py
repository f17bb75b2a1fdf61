"""What services answer with: frozen, plain, ready for a page. No row and no engine object leaves.

Names of elements, lanes and processes come as mappings by language (``kk`` is always there); the
page picks one. All moments are aware and in UTC.
"""

from engine.services.views.accounts import AccountView
from engine.services.views.audit import AuditReport, AuditRow
from engine.services.views.calendar import CalendarDay
from engine.services.views.cases import CasePage, CaseQuery, CaseRow, CaseView
from engine.services.views.comments import CommentView
from engine.services.views.definitions import DefinitionView
from engine.services.views.documents import DocumentView
from engine.services.views.history import HistoryRow
from engine.services.views.inbox import (
    Box,
    Choice,
    Counts,
    Group,
    InboxPage,
    InboxQuery,
    InboxRow,
    Sort,
)
from engine.services.views.incidents import IncidentView, StrangerView
from engine.services.views.notifications import NotificationView
from engine.services.views.organisations import OrganisationView
from engine.services.views.signatures import SignatureView
from engine.services.views.states import CaseState, Names, TaskState
from engine.services.views.submissions import SentView
from engine.services.views.substitutions import Colleague, SubstitutionView
from engine.services.views.tasks import Completed, TaskForm, TaskView
from engine.services.views.ways import StopState, WayStop
from engine.services.views.workload import Workload, WorkloadRow

__all__ = [
    "AccountView",
    "AuditReport",
    "AuditRow",
    "Box",
    "CalendarDay",
    "CasePage",
    "CaseQuery",
    "CaseRow",
    "CaseState",
    "CaseView",
    "Choice",
    "Colleague",
    "CommentView",
    "Completed",
    "Counts",
    "DefinitionView",
    "DocumentView",
    "Group",
    "HistoryRow",
    "InboxPage",
    "InboxQuery",
    "InboxRow",
    "IncidentView",
    "Names",
    "NotificationView",
    "OrganisationView",
    "SentView",
    "SignatureView",
    "Sort",
    "StopState",
    "StrangerView",
    "SubstitutionView",
    "TaskForm",
    "TaskState",
    "TaskView",
    "WayStop",
    "Workload",
    "WorkloadRow",
]
