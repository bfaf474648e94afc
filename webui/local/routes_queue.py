"""The addresses of the folder queue."""

from __future__ import annotations

from store.local.folder_queue.forms import Job
from webui.local.handlers import folder_queue
from webui.local.messages import Nothing
from webui.local.messages_queue import FailedPictures, Leases, NextRequest, QueueJobs, QueueRequest
from webui.local.services_queue import FolderQueue
from webui.routes import Operation, Route


def routes(queue: FolderQueue) -> list[Route]:
    """Putting in line, handing out, and what becomes of it. `next` and `picture` come before a number."""
    wrong = (400, 404, 409, 422, 503, 507)
    listed = Operation("GET", "What was opened, and how far it is.", QueueJobs, problems=(503,))
    add = Operation(
        "POST",
        "Puts files and folders in line by their paths.",
        Job,
        QueueRequest,
        status=202,
        problems=wrong,
    )
    following = Operation("POST", "Hands out the next pictures.", Leases, NextRequest, problems=wrong)
    picture = Operation(
        "GET", "The bytes of a picture in the queue.", "application/octet-stream", problems=(404, 410, 503)
    )
    failed = Operation(
        "GET",
        "Pictures that could not be recognised, and why.",
        FailedPictures,
        query=folder_queue.FAILED,
        problems=(400, 404, 503),
    )
    handed = {"queue": queue}
    return [
        Route("/api/queue", folder_queue.QueueHandler, (listed, add), handed),
        Route("/api/queue/next", folder_queue.NextHandler, (following,), handed),
        Route("/api/queue/picture/{id}", folder_queue.QueuedPictureHandler, (picture,), handed),
        Route("/api/queue/{number}/failed", folder_queue.FailedHandler, (failed,), handed),
        *(
            Route(
                f"/api/queue/{{number}}/{word}",
                folder_queue.JobHandler,
                (Operation("POST", summary, gives, Nothing, problems=wrong),),
                {"act": act},
            )
            for word, summary, gives, act in (
                ("pause", "Hands no more of a job out.", Job, queue.pause),
                ("resume", "Goes on with it.", Job, queue.resume),
                ("cancel", "Lets go of what it has not done.", Job, queue.cancel),
                ("again", "Has its failed pictures tried again.", Job, queue.try_again),
                ("forget", "Takes an ended one off the list.", Nothing, queue.forget),
            )
        ),
    ]
