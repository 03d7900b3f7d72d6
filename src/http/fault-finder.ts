import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';

/** How many faults of one input are looked for. What is beyond is not even visited. */
export const FAULTS_MAX = 100;

/** As much of a JSON schema as faults are found by; all else of it is Ajv's. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  anyOf?: Schema[];
}

/**
 * Finds what is wrong with a value that a schema refuses: one fault for each place, at most {@link FAULTS_MAX}. Ajv
 * can name all faults or the first; all of a body that is made for it are a hundred thousand, and each takes work. Here
 * a list that is too long is not looked into, and nothing is visited after the last fault that counts.
 */
export class FaultFinder {
  readonly #ajv: Ajv;
  readonly #shared: ReadonlyMap<string, Schema>;
  readonly #validators = new WeakMap<Schema, ValidateFunction>();
  readonly #sizes = new WeakMap<Schema, Schema>();

  /**
   * @param ajv stops at the first fault
   * @param shared the schemas that a `$ref` may name, by their `$id`
   */
  constructor(ajv: Ajv, shared: ReadonlyMap<string, Schema> = new Map()) {
    this.#ajv = ajv;
    this.#shared = shared;
  }

  find(schema: Schema, value: unknown): ErrorObject[] {
    const faults: ErrorObject[] = [];
    this.#visit(schema, value, { path: '', faults });
    return faults;
  }

  #visit(given: Schema, value: unknown, place: Place): void {
    if (isFull(place)) return;
    const schema = this.#resolve(given);
    if (schema.anyOf !== undefined) this.#visitBranch(schema.anyOf, value, place);
    else if (schema.properties !== undefined && isRecord(value)) this.#visitMembers(schema, value, place);
    else if (schema.items !== undefined && Array.isArray(value)) this.#visitItems(schema, value, place);
    else this.#check(schema, value, place);
  }

  #resolve(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : (this.#shared.get(schema.$ref.replace(/#$/, '')) ?? schema);
  }

  /** The one branch whose type it has is the one that was meant. */
  #visitBranch(branches: Schema[], value: unknown, place: Place): void {
    const meant = branches.find(({ type }) => [type].flat().includes(typeOf(value)));
    if (meant !== undefined) this.#visit(meant, value, place);
    else add(place, { keyword: 'type', params: { type: branches.flatMap(({ type }) => type ?? []) } });
  }

  #visitMembers(schema: Schema, value: Record<string, unknown>, place: Place): void {
    const { properties = {}, required = [] } = schema;
    for (const name of required) {
      if (!Object.hasOwn(value, name)) add(place, { keyword: 'required', params: { missingProperty: name } });
    }
    for (const [name, member] of Object.entries(properties)) {
      if (Object.hasOwn(value, name)) this.#visit(member, value[name], below(place, name));
    }
    if (schema.additionalProperties !== false) return;
    for (const name in value) {
      if (isFull(place)) return;
      if (Object.hasOwn(properties, name)) continue;
      add(place, { keyword: 'additionalProperties', params: { additionalProperty: name } });
    }
  }

  #visitItems(schema: Schema, value: unknown[], place: Place): void {
    const { items = {}, uniqueItems } = schema;
    if (!this.#check(remember(this.#sizes, schema, sizeOf), value, place)) return;
    for (const [index, item] of value.entries()) {
      if (isFull(place)) return;
      this.#visit(items, item, below(place, String(index)));
    }
    if (uniqueItems === true) addDuplicate(value, place);
  }

  /** Adds the first fault, if there is one. */
  #check(schema: Schema, value: unknown, place: Place): boolean {
    const validate = remember(this.#validators, schema, (part) => this.#ajv.compile(part));
    if (validate(value)) return true;
    const [fault] = validate.errors ?? [];
    if (fault !== undefined) add(place, { ...fault, instancePath: place.path + fault.instancePath });
    return false;
  }
}

interface Place {
  /** RFC 6901. */
  path: string;
  faults: ErrorObject[];
}

function below({ path, faults }: Place, name: string): Place {
  return { path: `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, faults };
}

function isFull({ faults }: Place): boolean {
  return faults.length >= FAULTS_MAX;
}

function add(place: Place, fault: Pick<ErrorObject, 'keyword' | 'params'> & Partial<ErrorObject>): void {
  if (!isFull(place)) place.faults.push({ instancePath: place.path, schemaPath: '', ...fault });
}

/** The bounds of a list without what holds for its items. */
function sizeOf({ type = 'array', minItems, maxItems }: Schema): Schema {
  return { type, ...(minItems !== undefined && { minItems }), ...(maxItems !== undefined && { maxItems }) };
}

/** Adds the first two items that are equal, whatever else is wrong with others. Lists without duplicates hold plain values. */
function addDuplicate(items: unknown[], place: Place): void {
  const known = new Map<unknown, number>();
  for (const [j, item] of items.entries()) {
    const i = known.get(item);
    if (i !== undefined) {
      add(place, { keyword: 'uniqueItems', params: { i, j } });
      return;
    }
    known.set(item, j);
  }
}

function remember<T>(known: WeakMap<Schema, T>, schema: Schema, make: (schema: Schema) => T): T {
  const found = known.get(schema) ?? make(schema);
  known.set(schema, found);
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === 'object';
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
