"""Write what is generated from the contracts: ``python -m contracts``."""

from contracts.documents import write

if __name__ == "__main__":
    for path in write():
        print(f"wrote {path}")
