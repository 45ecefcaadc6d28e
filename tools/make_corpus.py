#!/usr/bin/env python3
"""make_corpus.py - writes the seeds of the fuzz targets into tests/fuzz/corpus/{idx,safetensors,image,
csv,npy,cifar}/.

Good files of every type and the malformed ones that the readers must refuse, all small. Same bytes on every run.
Inputs found by fuzzing are added to the folders by hand and stay.
"""
import gzip
import hashlib
import json
import struct
import zlib
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "fuzz" / "corpus"


def idx(code, sizes, values, rank=None):
    head = bytes([0, 0, code, len(sizes) if rank is None else rank])
    return head + b"".join(struct.pack(">I", size) for size in sizes) + values


def packed(data):
    return gzip.compress(data, 9, mtime=0)


def idx_files():
    images = idx(0x08, [2, 3, 3], bytes(range(18)))
    labels = idx(0x08, [5], bytes([0, 1, 2, 3, 9]))
    member = packed(images)
    yield "images", images
    yield "labels", labels
    yield "i8", idx(0x09, [4], struct.pack("4b", -128, -1, 0, 127))
    yield "i16", idx(0x0B, [2, 2], struct.pack(">4h", -32768, -1, 1, 32767))
    yield "i32", idx(0x0C, [3], struct.pack(">3i", -(2**31), -1, 2**31 - 1))
    yield "f32", idx(0x0D, [2], struct.pack(">2f", 1.5, float("nan")))
    yield "f64", idx(0x0E, [2], struct.pack(">2d", 1.5, float("-inf")))
    yield "rank8", idx(0x08, [1, 1, 1, 2, 1, 1, 1, 2], bytes(4))
    yield "no_rows", idx(0x08, [0, 28, 28], b"")
    yield "images.gz", member
    yield "labels.gz", packed(labels)
    yield "i16.gz", packed(idx(0x0B, [3], struct.pack(">3h", -2, 0, 2)))
    yield "two_members.gz", packed(images[:7]) + packed(images[7:])
    yield "zeros.gz", packed(idx(0x08, [64, 64], bytes(4096)))
    yield "bad_empty", b""
    yield "bad_magic", b"\x89PNG\r\n\x1a\n" + bytes(16)
    yield "bad_little_endian", images[3::-1] + images[4:]
    yield "bad_type", idx(0x0A, [1], b"\0")
    yield "bad_rank0", idx(0x08, [], b"\0")
    yield "bad_rank9", idx(0x08, [1] * 9, b"\0")
    yield "bad_short_header", images[:10]
    yield "bad_short", images[:-1]
    yield "bad_long", images + b"\0"
    yield "bad_huge", idx(0x08, [0xFFFFFFFF] * 3, bytes(9))
    yield "bad_huge_and_zero", idx(0x0E, [0] + [0xFFFFFFFF] * 7, b"")
    yield "bad_huge.gz", packed(idx(0x08, [60000, 28, 28], bytes(100)))
    yield "bad_short.gz", packed(images[:-1])
    yield "bad_long.gz", packed(images + b"\0")
    yield "bad_cut.gz", member[:-9]
    yield "bad_crc.gz", member[:-8] + bytes(4) + member[-4:]
    yield "bad_deflate.gz", member[:12] + b"\xff\xff\xff" + member[15:]
    yield "bad_trailing.gz", member + b"garbage"
    yield "bad_gz_in_gz.gz", packed(member)


def safetensors(header, data=b"", pad=True):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    if pad:
        text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def model_file():
    """As percept/io/model_file.h defines it."""
    data = struct.pack("<2f", 1.0, -2.0)
    blank = "0" * 64
    metadata = {"model": "Mlp", "percept.format": "1", "percept.header_sha256": blank,
                "sha256:weight": hashlib.sha256(data).hexdigest()}
    whole = safetensors({"__metadata__": metadata, "weight": entry("F32", [1, 2], 0, 8)})
    return whole.replace(blank.encode(), hashlib.sha256(whole).hexdigest().encode(), 1) + data


def safetensors_files():
    one = {"a": entry("U8", [2], 0, 2)}
    yield "one", safetensors(one, b"\1\2")
    yield "none", safetensors({})
    yield "unpadded", safetensors(one, b"\1\2", pad=False)
    yield "scalar_and_empty", safetensors({"s": entry("F64", [], 0, 8), "e": entry("F32", [0, 3], 8, 8)}, bytes(8))
    yield "out_of_order", safetensors({"b": entry("U8", [1], 2, 3), "a": entry("I8", [2], 0, 2)}, b"\1\2\3")
    yield "metadata", safetensors({"__metadata__": {"format": "pt", "text": "a\n\"\u00e9\u4e2d"}, **one}, b"\1\2")
    widths = {"F32": 4, "F64": 8, "F16": 2, "BF16": 2, "I8": 1, "U8": 1, "I32": 4, "I64": 8, "BOOL": 1}
    header, at = {}, 0
    for dtype, width in widths.items():
        header[dtype] = entry(dtype, [1, 2], at, at + 2 * width)
        at += 2 * width
    yield "dtypes", safetensors(header, b"\1" * at)
    model = model_file()
    yield "model", model
    yield "bad_model_data", model[:-1] + bytes([model[-1] ^ 1])
    yield "bad_model_header", model.replace(b"Mlp", b"Mlq")
    yield "bad_model_format", model.replace(b'"percept.format":"1"', b'"percept.format":"2"')
    yield "bad_empty", b""
    yield "bad_length_cut", b"\x10\0\0"
    yield "bad_length_0", bytes(8)
    yield "bad_length_max", b"\xff" * 8 + b"{}"
    yield "bad_length_100000001", struct.pack("<Q", 100_000_001) + b"{}"
    yield "bad_cut", safetensors(one, b"\1")
    yield "bad_appended", safetensors(one, b"\1\2\3")
    yield "bad_start", safetensors(b" {}")
    yield "bad_list", safetensors(b"[]")
    yield "bad_end", safetensors(b"{}\n", pad=False)
    yield "bad_zip_tail", safetensors(b"{}PK\5\6", pad=False)
    yield "bad_json", safetensors(b'{"a":}')
    yield "bad_utf8", safetensors(b'{"\xff":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')
    yield "bad_duplicate", safetensors(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'
                                       b'"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')
    yield "bad_duplicate_escaped", safetensors(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'
                                               b'"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')
    yield "bad_duplicate_field", safetensors(b'{"a":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}}')
    yield "bad_duplicate_metadata", safetensors(b'{"__metadata__":{"k":"1","k":"2"}}')
    yield "bad_metadata_twice", safetensors(b'{"__metadata__":{},"__metadata__":{}}')
    yield "bad_metadata_number", safetensors({"__metadata__": {"k": 1}})
    yield "bad_metadata_nested", safetensors({"__metadata__": {"k": {"l": "m"}}})
    yield "bad_unknown_field", safetensors({"a": {**entry("U8", [0], 0, 0), "x": 1}})
    yield "bad_missing_field", safetensors({"a": {"dtype": "U8", "shape": [0]}})
    yield "bad_entry", safetensors({"a": "U8"})
    yield "bad_dtype", safetensors({"a": entry("F8_E4M3", [1], 0, 1)}, b"\1")
    yield "bad_dtype_number", safetensors({"a": entry(1, [1], 0, 1)}, b"\1")
    yield "bad_shape_negative", safetensors({"a": entry("U8", [-1], 0, 1)}, b"\1")
    yield "bad_shape_float", safetensors({"a": entry("U8", [1.0], 0, 1)}, b"\1")
    yield "bad_shape_2_64", safetensors({"a": entry("U8", [2**64], 0, 1)}, b"\1")
    yield "bad_shape_2_63", safetensors({"a": entry("U8", [2**63], 0, 1)}, b"\1")
    yield "bad_shape_wraps", safetensors({"a": entry("U8", [2**32, 2**32], 0, 0)})
    yield "bad_shape_wraps_zero", safetensors({"a": entry("U8", [0, 2**40, 2**40], 0, 0)})
    yield "bad_shape_rank33", safetensors({"a": entry("U8", [1] * 33, 0, 1)}, b"\1")
    yield "bad_shape_nested", safetensors({"a": entry("U8", [[1]], 0, 1)}, b"\1")
    yield "bad_bytes", safetensors({"a": entry("F32", [1], 0, 2)}, b"\1\2")
    yield "bad_offsets_one", safetensors({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0]}}, b"\1")
    yield "bad_offsets_three", safetensors({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1, 1]}}, b"\1")
    yield "bad_offsets_reversed", safetensors({"a": entry("U8", [1], 1, 0)}, b"\1")
    yield "bad_overlap", safetensors({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)}, b"\1\2\3")
    yield "bad_same_bytes", safetensors({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 0, 2)}, b"\1\2")
    yield "bad_hole", safetensors({"a": entry("U8", [1], 0, 1), "b": entry("U8", [1], 2, 3)}, b"\1\2\3")
    yield "bad_hole_at_start", safetensors({"a": entry("U8", [1], 1, 2)}, b"\1\2")
    yield "bad_bool", safetensors({"a": entry("BOOL", [2], 0, 2)}, b"\1\2")
    yield "bad_deep", safetensors(b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}")


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, rows, before=b"", interlace=0):
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + before + png_chunk(b"IDAT", zlib.compress(rows)) +
            png_chunk(b"IEND", b""))


def jpeg_part(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def exif(orientation):
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def jpeg(width, height, components=1, frame=0xC0, data=b"\x3f", before=b""):
    """Blocks of nothing but grey: every table has the one code 0, which says 0."""
    table = b"\1" + bytes(15) + b"\0"
    parts = b"".join(bytes([i + 1, 0x11, 0]) for i in range(components))
    scan = b"".join(bytes([i + 1, 0]) for i in range(components))
    last = b"\0\0\0" if frame == 0xC2 else b"\0\x3f\0"
    return (b"\xff\xd8" + before + jpeg_part(0xDB, b"\0" + b"\1" * 64) +
            jpeg_part(frame, struct.pack(">BHHB", 8, height, width, components) + parts) +
            jpeg_part(0xC4, b"\0" + table) + jpeg_part(0xC4, b"\x10" + table) +
            jpeg_part(0xDA, bytes([components]) + scan + last) + data + b"\xff\xd9")


def image_files():
    grey = png(3, 2, 8, 0, b"\0\1\2\3\1\4\5\6")
    palette = png_chunk(b"PLTE", bytes(range(12)))
    yield "grey.png", grey
    yield "rgb.png", png(2, 2, 8, 2, bytes([0, *range(6), 2, *range(6)]))
    yield "rgba.png", png(1, 3, 8, 6, b"\0abcd\4efgh\3ijkl")
    yield "grey_alpha.png", png(2, 1, 8, 4, b"\0\1\2\3\4")
    yield "bits1.png", png(9, 1, 1, 0, b"\0\xaa\x80")
    yield "bits16.png", png(1, 1, 16, 2, b"\0abcdef")
    yield "palette.png", png(5, 1, 2, 3, b"\0\x1b\0", palette)
    yield "palette_alpha.png", png(4, 1, 2, 3, b"\0\x1b", palette + png_chunk(b"tRNS", b"\0\x80"))
    yield "clear_grey.png", png(2, 1, 8, 0, b"\0\1\2", png_chunk(b"tRNS", b"\0\1"))
    yield "interlaced.png", png(2, 2, 8, 0, b"\0\1\0\2\0\3\4", interlace=1)
    yield "text.png", png(1, 1, 8, 0, b"\0\1", png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(9999))))
    yield "profile.png", png(1, 1, 8, 0, b"\0\1", png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(9999))))
    yield "gamma.png", png(1, 1, 8, 0, b"\0\1", png_chunk(b"gAMA", struct.pack(">I", 45455)))
    yield "bad_short.png", grey[:-20]
    yield "bad_crc.png", grey[:30] + b"\0" + grey[31:]
    yield "bad_rows.png", png(3, 2, 8, 0, b"\0\1\2")
    yield "bad_filter.png", png(1, 1, 8, 0, b"\7\0")
    yield "bad_bits.png", png(1, 1, 5, 0, b"\0\0")
    yield "bad_palette.png", png(1, 1, 8, 3, b"\0\0")
    yield "bad_index.png", png(1, 1, 8, 3, b"\0\x99", palette)
    yield "bad_huge.png", png(0x7FFFFFFF, 0x7FFFFFFF, 16, 6, b"\0")
    yield "bad_large.png", png(8000, 8000, 8, 6, b"\0")
    yield "bad_zero.png", png(0, 1, 8, 0, b"\0")
    yield "grey.jpg", jpeg(1, 1)
    yield "wide.jpg", jpeg(20, 9, data=b"\0\0\x3f")
    yield "rgb.jpg", jpeg(8, 8, 3, data=b"\x03")
    yield "cmyk.jpg", jpeg(8, 8, 4, data=b"\0")
    yield "progressive.jpg", jpeg(8, 8, frame=0xC2)
    yield "bad_short.jpg", jpeg(8, 8)[:-4]
    yield "bad_scan.jpg", jpeg(64, 64, data=b"")
    yield "bad_huge.jpg", jpeg(65535, 65535)
    yield "bad_large.jpg", jpeg(8000, 8000)
    yield "bad_zero.jpg", jpeg(0, 0)
    yield "bad_frame.jpg", jpeg(8, 8, frame=0xC3)
    turned = jpeg_part(0xE1, b"Exif\0\0" + exif(6))
    yield "turned.jpg", jpeg(20, 9, data=b"\0\0\x3f", before=turned)
    yield "turned.png", png(3, 2, 8, 0, b"\0\1\2\3\1\4\5\6", png_chunk(b"eXIf", exif(5)))
    yield "odd_exif.jpg", jpeg(1, 1, before=jpeg_part(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff"))
    yield "odd_exif.png", png(1, 1, 8, 0, b"\0\1", png_chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff"))
    yield "cmyk_adobe.jpg", jpeg(8, 8, 4, data=b"\0", before=jpeg_part(0xEE, b"Adobe\0\x64\0\0\0\0\2"))
    yield "bad_magic", b"GIF89a"
    yield "bad_empty", b""


def csv_files():
    yield "plain", b"a,b,c\n1,2.5,x\n,?,NaN\n"
    yield "quotes", b'"a ""b""","c,d"\r\n"e\nf",""\r\n'
    yield "no_final_newline", b"a;b\n1;2"
    yield "returns", b"a\tb\r1\t2\r"
    yield "mixed_ends", b"a\n\r\n\rb\r\nc\n"
    yield "bom", b'\xef\xbb\xbf"a"|b\n'
    yield "bom_in_field", b'"\xef\xbb\xbfa"\n'
    yield "blank_field", b'""\n\n""'
    yield "numbers", b"1e999,-1e999,1e-999,+5, 7 ,0x1,inf,nan,.,1.,.5,00,123456789012345678901234567890\n"
    yield "missing", b"NA,N/A,null,NULL,None,<NA>,#N/A N/A,-1.#IND\n"
    yield "utf8", "caf\u00e9,\u4e2d,\U0001f423\n".encode()
    yield "decimal_commas", b"1,5;2,5;3,5\n"
    yield "ragged", b"a,b\n1\n1,2,3\n"
    yield "quote_within", b'5" pipe,a"b"\n'
    yield "empty", b""
    yield "plain.gz", packed(b"a,b\n1,2\n")
    yield "two_members.gz", packed(b'a,"b') + packed(b'c"\n')
    yield "zeros.gz", packed(b"0," * 2000)
    yield "bad_field.gz", packed(b"x" * (2**20 + 1))
    yield "bad_open", b'a\n"b\nc,d\n'
    yield "bad_text_after", b'"a"b,c\n'
    yield "bad_nul", b"a\0b\n"
    yield "bad_nul_quoted", b'"a\0b"\n'
    yield "bad_utf8", b"caf\xe9\n"
    yield "bad_utf16", b"\xff\xfea\0,\0b\0"
    yield "bad_xlsx", b"PK\3\4\x14\0\6\0"


def npy(dictionary, data=b"", version=1, length=None):
    text = dictionary.encode()
    size = struct.pack("<H" if version == 1 else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def npy_of(descr, shape, data, order=False):
    return npy(f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}", data)


def npz(files, deflate=False, comment=b"", flags=0, lie=0):
    """lie: added to the size that each entry claims."""
    local, directory = b"", b""
    for name, data in files:
        body = zlib.compress(data, 9)[2:-4] if deflate else data
        head = struct.pack("<HHHHHIIIHH", 20, flags, 8 * deflate, 0, 33, zlib.crc32(data), len(body),
                           len(data) + lie, len(name), 0)
        directory += b"PK\1\2\x14\3" + head + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
        local += b"PK\3\4" + head + name + body
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(local), len(comment))
    return local + directory + b"PK\5\6" + end + comment


def npy_files():
    for descr in "<f4 >f8 <f2 |u1 |i1 <i4 >i8 <i2 >u2 <u4 <u8 |b1".split():
        yield f"{descr[1:]}_{'big' if descr[0] == '>' else 'little'}", npy_of(descr, "(2,)", b"\0\1" * int(descr[2]))
    yield "scalar", npy_of("<f4", "()", bytes(4))
    yield "empty", npy_of("<f4", "(0, 3)", b"")
    yield "fortran", npy_of("<i2", "(2, 3)", bytes(range(12)), True)
    yield "version2", npy("{'descr':'u1','fortran_order':False,'shape':(1,)}", b"x", 2)
    yield "version3", npy("{'shape':(1L,),\"descr\":\"<u1\",'fortran_order':True,} \n", b"x", 3)
    yield "rank32", npy_of("|u1", "(" + "1," * 32 + ")", b"x")
    yield "zeros.npy.gz", packed(npy_of("|u1", "(64, 64)", bytes(4096)))
    arrays = [(b"x.npy", npy_of("|u1", "(2,)", b"\1\2")), (b"y.npy", npy_of("<f4", "(0,)", b""))]
    yield "stored.npz", npz(arrays)
    yield "deflated.npz", npz(arrays, True)
    yield "comment.npz", npz(arrays, comment=b"PK\5\6 is said twice")
    yield "none.npz", npz([])
    yield "zeros.npz", npz([(b"z.npy", npy_of("|u1", "(64, 64)", bytes(4096)))], True)
    yield "utf8.npz", npz([("\u4e2d.npy".encode(), npy_of("|u1", "()", b"x"))], flags=0x800)
    yield "bad_rank33", npy_of("|u1", "(" + "1," * 33 + ")", b"x")
    yield "bad_object", npy_of("|O", "(1,)", b"\x80\4N.")
    yield "bad_text", npy_of("<U1", "(1,)", b"a\0\0\0")
    yield "bad_fields", npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", bytes(4))
    yield "bad_u8", npy_of("<u8", "(1,)", b"\xff" * 8)
    yield "bad_bool", npy_of("|b1", "(1,)", b"\2")
    yield "bad_huge", npy_of("<f8", "(4294967296, 4294967296)", b"")
    yield "bad_huge_and_zero", npy_of("<f8", "(0, 4294967296, 4294967296)", b"")
    yield "bad_length", npy("{}", length=65535)
    yield "bad_length_max", npy("{}", version=2, length=2**32 - 1)
    yield "bad_code", npy("{'descr': __import__('os'), 'shape': (1,)}")
    yield "bad_long", npy_of("|u1", "(1,)", b"xy")
    yield "bad_short", npy_of("|u1", "(2,)", b"x")
    yield "bad_lie.npz", npz(arrays, True, lie=1)
    yield "bad_stored_lie.npz", npz(arrays, lie=1)
    yield "bad_huge_lie.npz", npz(arrays, True, lie=2**31)
    yield "bad_twice.npz", npz(arrays[:1] * 2)
    yield "bad_name.npz", npz([(b"x.txt", b"x")])
    yield "bad_encrypted.npz", npz(arrays, flags=1)
    yield "bad_cut.npz", npz(arrays)[:-9]
    yield "bad_end.npz", npz(arrays) + b"x"
    yield "bad_empty", b""


def cifar_files():
    yield "one", b"\7" + bytes(range(256)) * 12
    yield "hundred", b"\x13\x63" + bytes(range(256)) * 12
    yield "two.gz", packed((b"\0" + bytes(3072)) * 2)
    yield "hundred.gz", packed((b"\0\1" + bytes(3072)) * 3)
    yield "bad_label.gz", packed(b"\x0a" + bytes(3072))
    yield "bad_size.gz", packed(b"\0" + bytes(3071))
    yield "bad_more.gz", packed(b"\0" + bytes(3075))
    yield "bad_pickle", b"\x80\2}"
    yield "bad_tar.gz", packed(bytes(257) + b"ustar" + bytes(4000))
    yield "bad_empty", b""


def main():
    for folder, files in (("idx", idx_files()), ("safetensors", safetensors_files()), ("image", image_files()),
                          ("csv", csv_files()), ("npy", npy_files()), ("cifar", cifar_files())):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
        for name, data in files:
            (CORPUS / folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
