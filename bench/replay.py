"""How fast the log is read again (bench/reading_again.py).

    python -m bench.replay [--events 1000000] [--engine full|embedded] [--runs 3]

Thin on purpose: every process that reads beside this one imports the module that was started, as it does with the
small script `refloop`.
"""

if __name__ == "__main__":
    import argparse
    import asyncio

    from bench.reading_again import main

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=["full", "embedded"], action="append")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(main(given.events, given.engine or ["embedded", "full"], given.runs))
