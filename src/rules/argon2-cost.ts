/** An argon2id cost (RFC 9106 §3.1). */
export interface Argon2Cost {
  memoryKib: number;
  passes: number;
  /** Lanes. */
  parallelism: number;
}
