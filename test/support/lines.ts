/** A body of one JSON document a line. */
export class Lines {
  readonly text: string;
  /** What is asked besides. */
  readonly query: string;

  constructor(documents: readonly unknown[], query = '') {
    this.query = query;
    this.text = documents.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');
  }
}

/** The documents of a body, one a line. */
export function readLines<Document>(body: string): Document[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Document);
}
