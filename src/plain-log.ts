/** Where what runs before the app, or without one, says what it does: lines without fields. */
export interface PlainLog {
  info(message: string): void;
  error(message: string): void;
}
