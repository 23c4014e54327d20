"""Every province, district and commune of Viet Nam: today's, those abolished on 2025-07-01, and what became of them."""

from knowledge.gazetteer.names import Gazetteer, Naming, Place, gazetteer

__all__ = ["Gazetteer", "Naming", "Place", "gazetteer"]
