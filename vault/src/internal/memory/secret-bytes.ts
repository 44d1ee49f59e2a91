/**
 * Memory for a few secret bytes outside the JavaScript heap. V8 keeps typed arrays of up to 64 bytes on the heap, also
 * those of `Buffer.alloc` and `allocUnsafeSlow`, where the collector copies them and zeroing reaches the last copy only; so nothing that
 * holds a card number may be that small.
 */

/** Longer than what V8 keeps on the heap (its `typed_array_max_size_in_heap`). */
const offHeapBytesMin = 128;

/** Zeroed memory of this length, off the heap and shared with nothing. */
export function secretBytes(length: number): Buffer {
  return Buffer.alloc(Math.max(length, offHeapBytesMin)).subarray(0, length);
}
