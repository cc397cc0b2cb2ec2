// What the footer of a Parquet file says, read apart from whatever wrote it: Thrift's compact protocol, as the format has it.

const [STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT] = [0, 1, 2, 3, 7, 8, 9, 10, 12];
const MAGIC = "PAR1";

/** The names of the columns and the number of rows. */
export function readParquet(bytes) {
  const magics = [bytes.subarray(0, 4), bytes.subarray(-4)].map((each) => each.toString("latin1"));
  if (magics.some((each) => each !== MAGIC)) throw new Error(`no Parquet: ${magics}`);
  const length = bytes.readUInt32LE(bytes.length - 8);
  const footer = struct({ bytes, at: bytes.length - 8 - length });
  const [root, ...columns] = footer.get(2);
  if (root.get(5) !== columns.length) throw new Error("columns nest");
  return { columns: columns.map((column) => column.get(4).toString()), rows: footer.get(3) };
}

function varint(from) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = from.bytes[from.at];
    from.at += 1;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

function integer(from) {
  const value = varint(from);
  return Number((value >> 1n) ^ -(value & 1n));
}

/** Its fields by number. */
function struct(from) {
  const fields = new Map();
  for (let id = 0; ; ) {
    const head = from.bytes[from.at];
    from.at += 1;
    if (head === STOP) return fields;
    id = head >> 4 === 0 ? integer(from) : id + (head >> 4);
    fields.set(id, value(from, head & 15));
  }
}

function list(from) {
  const head = from.bytes[from.at];
  from.at += 1;
  const size = head >> 4 === 15 ? Number(varint(from)) : head >> 4;
  return Array.from({ length: size }, () => value(from, head & 15));
}

function take(from, length) {
  from.at += length;
  return from.bytes.subarray(from.at - length, from.at);
}

function value(from, type) {
  if (type === TRUE || type === FALSE) return type === TRUE;
  if (type === BYTE) return take(from, 1)[0];
  if (type > BYTE && type < DOUBLE) return integer(from);
  if (type === DOUBLE) return take(from, 8).readDoubleLE();
  if (type === BINARY) return take(from, Number(varint(from)));
  if (type === LIST || type === SET) return list(from);
  if (type === STRUCT) return struct(from);
  throw new Error(`type ${type} is not in a footer`);
}
