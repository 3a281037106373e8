"""A part says in other programs what its CSV file says."""
import csv
import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

HERE = Path(__file__).parent
PART = os.environ["CAPSTAN_PART"]
MICROSECOND = np.timedelta64(1, "us")


def rows() -> list[dict[str, str | None]]:
    with open(HERE / "rows.csv", encoding="utf-8", newline="") as file:
        return [{k: None if v == "NA" else v for k, v in row.items()} for row in csv.DictReader(file)]


def column(name: str) -> list[str | None]:
    return [row[name] for row in rows()]


def microseconds(text: str) -> int:
    instant = datetime.fromisoformat(text)
    return (instant - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def floats(name: str, dtype) -> np.ndarray:
    return np.array([np.nan if v is None else float(v) for v in column(name)], dtype=dtype)


def texts(offsets, missing, raw) -> list[str | None]:
    data = np.asarray(raw, dtype=np.uint8).tobytes()
    return [None if missing[i] else data[offsets[i]:offsets[i + 1]].decode("utf-8")
            for i in range(len(missing))]


@pytest.fixture(name="h5")
def open_h5py():
    with h5py.File(PART, "r") as file:
        yield file


@pytest.fixture(name="nc")
def open_netcdf4():
    with netCDF4.Dataset(PART) as file:
        yield file


@pytest.fixture(name="ds", params=["netcdf4", "h5netcdf"])
def open_xarray(request):
    with xr.open_dataset(PART, engine=request.param) as dataset:
        yield dataset


def test_h5py_reads_numbers_as_they_are(h5):
    assert h5["temp"].dtype == np.float32
    np.testing.assert_array_equal(h5["temp"][:], floats("temp", np.float32))
    np.testing.assert_array_equal(h5["pressure"][:], floats("pressure", np.float64))
    assert h5["serial"].dtype == np.int64
    assert h5["serial"][:].tolist() == [int(v) for v in column("serial")]
    smallest = np.iinfo(np.int32).min
    assert h5["count"][:].tolist() == [smallest if v is None else int(v) for v in column("count")]
    assert h5["count"].attrs["_FillValue"] == smallest
    assert "_FillValue" not in h5["serial"].attrs


def test_h5py_reads_text_and_knows_missing_from_empty(h5):
    found = texts(h5["note_offsets"][:], h5["note_missing"][:], h5["note"][:])
    assert found == column("note")


def test_h5py_finds_dimensions_in_order(h5):
    assert h5["temp"].dims[0][0].name == "/row"
    assert [name for name in h5 if "capstan_type" in h5[name].attrs] == list(rows()[0])


def test_netcdf4_sees_types_dimensions_and_units(nc):
    assert nc.dimensions["row"].size == len(rows())
    assert nc["temp"].dimensions == ("row",)
    assert nc["temp"].units == "degC"
    assert nc["temp"].standard_name == "air_temperature"
    assert nc["station"].long_name == "where it was observed"
    assert nc["obs_time"].units == "microseconds since 1970-01-01 00:00:00"
    assert nc["obs_time"].calendar == "proleptic_gregorian"
    assert nc["obs_time"].zone == "Europe/Berlin"
    assert nc.Conventions.startswith("CF-")
    count = nc["count"][:]
    assert count.mask.tolist() == [v is None for v in column("count")]
    assert count.compressed().tolist() == [int(v) for v in column("count") if v is not None]


def test_netcdf4_reads_categories_by_their_text(nc):
    levels = nc["station_levels"][:]
    codes = nc["station"][:]
    found = [None if code is np.ma.masked else str(levels[code]) for code in codes]
    assert found == column("station")
    assert list(levels) == sorted(levels, key=lambda level: level.encode())


def test_xarray_decodes_times_to_the_microsecond(ds):
    found = (ds["obs_time"].values - np.datetime64("1970-01-01", "us")) / MICROSECOND
    assert found.tolist() == [microseconds(v) for v in column("obs_time")]


def test_xarray_reads_floats_with_their_missing(ds):
    assert ds["temp"].dims == ("row",)
    np.testing.assert_array_equal(ds["temp"].values, floats("temp", np.float32))
    np.testing.assert_array_equal(ds["count"].values, floats("count", np.float64))
    assert ds["temp"].attrs["units"] == "degC"


def test_xarray_reads_truths(ds):
    assert ds["frozen"].dtype == bool
    assert ds["frozen"].values.tolist() == [v == "true" for v in column("frozen")]
    expected = [np.nan if v is None else float(v == "true") for v in column("flooded")]
    np.testing.assert_array_equal(ds["flooded"].values, expected)


def test_xarray_reads_levels_as_text(ds):
    levels = ds["station_levels"].values.tolist()
    codes = ds["station"].values
    assert [None if np.isnan(code) else levels[int(code)] for code in codes] == column("station")


def test_xarray_reads_text(ds):
    found = texts(ds["note_offsets"].values, ds["note_missing"].values, ds["note"].values)
    assert found == column("note")


def test_ncdump_shows_header_and_values():
    header = subprocess.run(["ncdump", "-h", PART], check=True, capture_output=True, text=True)
    assert f"row = {len(rows())} ;" in header.stdout
    assert "float temp(row) ;" in header.stdout
    assert "char station_levels(station_levels_count, station_levels_width) ;" in header.stdout
    dump = subprocess.run(["ncdump", "-v", "serial", PART], check=True, capture_output=True,
                          text=True)
    shown = dump.stdout.split("serial =")[1].split(";")[0]
    assert [int(v) for v in shown.split(",")] == [int(v) for v in column("serial")]
