"""The catalogue: records, vectors and filtered search.

    store.py      SqliteCatalogue, the port's implementation; open_catalogue and open_existing
    schema.py     the tables and their version            codec.py    domain objects <-> columns
    database.py   transactions, locking, plain errors     space.py    which models it belongs to
    records.py    tracks in SQL                           files.py    what an index run remembers of files
    vectors.py    exact search in memory with FAISS       live.py     keeps it level with the disk
    verify.py     what can be wrong                       stats.py    what it holds
    rebuild.py    moving to other models

SQLite is the only truth; whatever is in memory can be thrown away at any moment.
"""
