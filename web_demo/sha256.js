/**
 * SHA-256 (FIPS 180-4) for pages that the browser gives none.
 *
 * @module
 */

const [ROOTS, CONSTANTS] = primeFractions();

/**
 * @param {Uint8Array} message
 * @returns {Uint8Array} 32 bytes
 */
export function digest(message) {
  const hash = Uint32Array.from(ROOTS);
  const padded = pad(message);
  for (let start = 0; start < padded.byteLength; start += 64) {
    compress(hash, new DataView(padded.buffer, start, 64));
  }
  const bytes = new DataView(new ArrayBuffer(32));
  hash.forEach((word, index) => bytes.setUint32(4 * index, word));
  return new Uint8Array(bytes.buffer);
}

/**
 * The message, a bit, zeros, and the message's length in bits, in whole blocks.
 *
 * @param {Uint8Array} message
 */
function pad(message) {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, 8n * BigInt(message.length));
  return padded;
}

/**
 * @param {Uint32Array} hash changed in place
 * @param {DataView} block 64 bytes
 */
function compress(hash, block) {
  const words = schedule(block);
  let [a, b, c, d, e, f, g, h] = hash;
  for (let round = 0; round < 64; round++) {
    const high = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + high + ((e & f) ^ (~e & g)) + CONSTANTS[round] + words[round]) | 0;
    const low = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (hash[index] += word));
}

/** @param {DataView} block */
function schedule(block) {
  const words = new Int32Array(64);
  for (let index = 0; index < 16; index++) {
    words[index] = block.getInt32(4 * index);
  }
  for (let index = 16; index < 64; index++) {
    const [near, far] = [words[index - 2], words[index - 15]];
    const high = rotate(near, 17) ^ rotate(near, 19) ^ (near >>> 10);
    const low = rotate(far, 7) ^ rotate(far, 18) ^ (far >>> 3);
    words[index] = words[index - 16] + low + words[index - 7] + high;
  }
  return words;
}

/**
 * @param {number} word
 * @param {number} bits
 */
function rotate(word, bits) {
  return (word >>> bits) | (word << (32 - bits));
}

/** The first 32 bits behind the point of the roots of the primes: square roots of 8, cube roots of 64. */
function primeFractions() {
  const primes = /** @type {number[]} */ ([]);
  for (let number = 2; primes.length < 64; number++) {
    if (primes.every((prime) => number % prime)) {
      primes.push(number);
    }
  }
  const fraction = (/** @type {number} */ root) => (root % 1) * 2 ** 32;
  return [
    Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
  ];
}
