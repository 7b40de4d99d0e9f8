/**
 * Frames on a pipe: header length and payload length (uint32, little-endian), header (JSON), payload (bytes).
 * pipeline/runtimes/child.py is the other end.
 *
 * @module
 */

const LENGTHS_BYTES = 8;

/**
 * @param {AsyncIterable<Buffer>} stream
 * @returns {AsyncGenerator<{header: any, payload: Uint8Array}>}
 */
export async function* readFrames(stream) {
  let chunks = /** @type {Buffer[]} */ ([]);
  let available = 0;
  let needed = LENGTHS_BYTES;
  for await (const chunk of stream) {
    chunks.push(chunk);
    available += chunk.length;
    while (available >= needed) {
      const bytes = Buffer.concat(chunks);
      const headerLength = bytes.readUInt32LE(0);
      const end = LENGTHS_BYTES + headerLength + bytes.readUInt32LE(4);
      if (bytes.length >= end) {
        const header = JSON.parse(bytes.toString("utf8", LENGTHS_BYTES, LENGTHS_BYTES + headerLength));
        yield { header, payload: bytes.subarray(LENGTHS_BYTES + headerLength, end) };
      }
      const rest = bytes.length >= end ? bytes.subarray(end) : bytes;
      needed = bytes.length >= end ? LENGTHS_BYTES : end;
      chunks = [rest];
      available = rest.length;
    }
  }
}

/**
 * @param {NodeJS.WritableStream} stream
 * @param {object} header
 * @param {ArrayBufferView} [payload]
 */
export function writeFrame(stream, header, payload = new Uint8Array()) {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(payload.byteLength, 4);
  stream.write(lengths);
  stream.write(text);
  stream.write(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
}
