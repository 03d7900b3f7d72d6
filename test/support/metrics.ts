import { waitFor } from './build-app.ts';
import type { TestApp } from './build-app.ts';

/** One line of the Prometheus text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads the Prometheus text format, version 0.0.4. @throws for a line that is none of it */
export function parseMetrics(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^# (?:HELP|TYPE) [a-z_0-9]+ \S/.test(line))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/([a-z]+)="((?:[^"\\\n]|\\.)*)"(?:,|$)/g)];
      const isWhole = pairs.map(([pair]) => pair).join('') === labels;
      if (name === '' || !isWhole || Number.isNaN(Number(value))) throw new Error(`no line of metrics: ${line}`);
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
        value: Number(value),
      };
    });
}

/** The figures of an app as they are now. */
export async function readFigures(test: TestApp): Promise<Figures> {
  return new Figures(parseMetrics(await test.app.metrics.read()));
}

/** Waits until the figures of an app are as a test wants them. */
export async function figuresWhen(test: TestApp, isSo: (figures: Figures) => boolean): Promise<Figures> {
  return waitFor(async () => {
    const figures = await readFigures(test);
    return isSo(figures) ? figures : undefined;
  });
}

/** Lines of metrics by name and labels. */
export class Figures {
  readonly samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  /** The value of the one line that has these labels, and perhaps others; undefined where there is none. */
  get(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
    );
    if (found.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} are ${found.length} lines`);
    return found[0]?.value;
  }

  /** A family by its label values, joined with spaces, without the lines that are zero. */
  table(name: string): Record<string, number> {
    const lines = this.samples.filter((sample) => sample.name === name && sample.value !== 0);
    return Object.fromEntries(lines.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  }

  /** What has changed since earlier figures, by line. */
  since(earlier: Figures): Record<string, number> {
    const before = new Map(earlier.samples.map((sample) => [keyOf(sample), sample.value]));
    const changes = this.samples.map((sample) => [keyOf(sample), sample.value - (before.get(keyOf(sample)) ?? 0)]);
    return Object.fromEntries(changes.filter(([, change]) => change !== 0)) as Record<string, number>;
  }
}

function keyOf({ name, labels }: Sample): string {
  return `${name}${JSON.stringify(labels)}`;
}
