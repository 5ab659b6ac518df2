"""A document as an answer to a browser."""

from flask import Response

from engine.documents import printing
from engine.documents.contents import Document


def printed(document: Document, name: str) -> Response:
    """*document* as a PDF file called *name*, which the browser shows."""
    return Response(printing.pdf(document), mimetype="application/pdf",
                    headers={"Content-Disposition": f"inline; filename={name}.pdf"})
