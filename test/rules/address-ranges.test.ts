import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { parseAddress } from '../../src/http/source-addresses.ts';
import { AddressRanges, canonicalAddressRange, explainAddressRange } from '../../src/rules/address-ranges.ts';

const malformed = 'must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24 or 2001:db8::/32';
const everything = 'must not be every address there is: an empty list allows them all';

void t.test('an address or range is kept in one spelling, whatever it was sent as', async (t) => {
  const spellings: Record<string, string[]> = {
    '192.0.2.1': ['192.0.2.1', '192.0.2.1/32', '::ffff:192.0.2.1', '::FFFF:c000:201/128'],
    '192.0.2.0/24': ['192.0.2.0/24', '::ffff:192.0.2.0/120', '::ffff:c000:200/120'],
    '128.0.0.0/1': ['128.0.0.0/1', '::ffff:128.0.0.0/97'],
    '2001:db8::1': ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:db8::0.0.0.1', '2001:db8::1/128'],
    '2001:db8::/32': ['2001:db8::/32', '2001:0db8:0000::/32'],
    '8000::/1': ['8000::/1'],
    '64:ff9b::c000:201': ['64:ff9b::192.0.2.1'],
    '::': ['::', '::/128'],
    '0.0.0.0': ['0.0.0.0'],
  };
  for (const [range, texts] of Object.entries(spellings)) {
    for (const text of texts) {
      t.equal(explainAddressRange(text), undefined, text);
      t.equal(canonicalAddressRange(text), range, text);
    }
  }
});

void t.test('what could be read in two ways, or means nothing, is refused in words that say what to do', async (t) => {
  const prefix = (bits: number) => `must have a prefix length from 1 to ${bits} after one "/"`;
  const zeros = 'must not have leading zeros in an IPv4 address: some read them as octal';
  const reasons: Record<string, string[]> = {
    [malformed]: ['', ' ', '192.0.2', '192.0.2.256', '192.0.2.1 ', 'localhost', '*', '192.0.2.*', '[2001:db8::1]'],
    [zeros]: ['192.0.2.01', '010.0.0.1', '192.0.02.0/24', '00.0.0.0'],
    [prefix(32)]: ['192.0.2.0/', '192.0.2.0/33', '192.0.2.0/024', '192.0.2.0/24/8', '192.0.2.0/-1', '10.0.0.0/8.'],
    [prefix(128)]: ['2001:db8::/129', '2001:db8::/+32', '2001:db8::/32/'],
    [everything]: ['0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96', '192.0.2.1/0'],
    'must not have a zone ("%"): it means something on one machine only': ['fe80::1%eth0', 'fe80::1%25en0/64'],
    'must not have bits set after the prefix: the range is 192.0.2.0/24': ['192.0.2.1/24', '::ffff:192.0.2.1/120'],
    'must not have bits set after the prefix: the range is 2001:db8::/32': ['2001:db8::1/32'],
    'must not have bits set after the prefix: the range is ::fffe:0:0/95': ['::ffff:0:0/95'],
    'must not have bits set after the prefix: the range is ::/80': ['::ffff:192.0.2.0/80'],
  };
  for (const [reason, texts] of Object.entries(reasons)) {
    for (const text of texts) t.equal(explainAddressRange(text), reason, JSON.stringify(text));
  }
});

const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(byte, byte, byte, byte).map((parts) => parts.join('.'));
const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((part) => part.toString(16)).join(':'));
const mapped = ipv4.map((address) => `::ffff:${address}`);
const address = fc.oneof(ipv4, ipv6, mapped, fc.ipV6());

/** Any range around an address: the one that the service says is meant, where bits are set after the prefix. */
const range = fc
  .tuple(address, fc.integer({ min: 1, max: 128 }))
  .map(([text, wanted]) => {
    const written = `${text}/${isIPv4(text) ? Math.max(1, wanted % 33) : wanted}`;
    const meant = / the range is (\S+)$/.exec(explainAddressRange(written) ?? '')?.[1];
    return meant ?? written;
  })
  .filter((text) => explainAddressRange(text) === undefined);
const ranges = fc.array(range, { maxLength: 8 });

/** Node's own, given the same list. */
function listOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [network = '', bits] = text.split('/');
    const family = isIPv4(network) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  return list;
}

void t.test('an address is in a list just where Node says so', async (t) => {
  let hits = 0;
  const property = fc.property(ranges, address, fc.nat(7), (texts, stranger, index) => {
    const canonical = texts.map(canonicalAddressRange);
    // An address at the edge of a range as often as one from anywhere.
    const edge = canonical[index]?.split('/')[0] ?? stranger;
    for (const written of [stranger, edge]) {
      const source = parseAddress(written);
      if (source === undefined) throw new Error(`${written} is an address`);
      // Node takes an IPv4 address for one of ::/80 and all around it; here a range of IPv6 holds none.
      const isOfFamily = (text: string) => text.includes(':') !== isIPv4(source);
      const expected = listOf(canonical.filter(isOfFamily)).check(source, isIPv4(source) ? 'ipv4' : 'ipv6');
      if (expected) hits += 1;
      if (new AddressRanges(canonical).has(source) !== expected) return false;
    }
    return true;
  });
  fc.assert(property, { numRuns: 2_000 });
  t.ok(hits > 100, 'both answers come up');
});

void t.test('a range means the same after it was put into its one spelling', async (t) => {
  const property = fc.property(range, (text) => {
    const canonical = canonicalAddressRange(text);
    return explainAddressRange(canonical) === undefined && canonicalAddressRange(canonical) === canonical;
  });
  fc.assert(property, { numRuns: 1_000 });
  t.pass('for a thousand of them');
});

void t.test('the ends of a range are in it, and their neighbours are not', async (t) => {
  const cases: [range: string, inside: string[], outside: string[]][] = [
    ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0', '::c000:200']],
    ['192.0.2.1', ['192.0.2.1'], ['192.0.2.0', '192.0.2.2', '2001:db8::1']],
    ['255.255.255.255', ['255.255.255.255'], ['255.255.255.254']],
    ['128.0.0.0/1', ['128.0.0.0', '255.255.255.255'], ['127.255.255.255', '0.0.0.0']],
    ['2001:db8::/33', ['2001:db8::', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff'], ['2001:db8:8000::', '2001:db7::']],
    ['::1', ['::1'], ['::', '::2', '1::', '1::1', '0.0.0.1']],
    ['1:2:3:4:5:6:7:8', ['1:2:3:4:5:6:7:8'], ['1:2:3:4:5:6:7:9']],
    ['1::8', ['1::8'], ['1::', '::8', '1:0:0:1::8']],
    ['8000::/1', ['ffff::', '8000::'], ['7fff::', '255.0.0.0']],
  ];
  for (const [text, inside, outside] of cases) {
    const list = new AddressRanges([text]);
    for (const one of inside) t.ok(list.has(one), `${one} in ${text}`);
    for (const one of outside) t.notOk(list.has(one), `${one} not in ${text}`);
  }
  t.notOk(new AddressRanges([]).has('192.0.2.1'));
});

void t.test('every address that a request can come from is read as it is', async (t) => {
  const property = fc.property(address, (text) => {
    const source = parseAddress(text) ?? '';
    return new AddressRanges([canonicalAddressRange(text)]).has(source);
  });
  fc.assert(property, { numRuns: 1_000 });
  t.pass('for a thousand of them');
});
