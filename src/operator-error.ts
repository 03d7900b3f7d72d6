/**
 * Thrown when the person who runs the service has to do something. The message is for that person: what is wrong and
 * what to do, in whole sentences, without a secret. It is printed as it stands, without a stack.
 */
export class OperatorError extends Error {
  override name = 'OperatorError';
}
