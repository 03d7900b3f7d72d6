/** The eight groups of an IPv6 address, however it is written. */
export function expandIPv6(address: string): number[] {
  // RFC 4291 §2.2: the last two groups may be an IPv4 address.
  const hexadecimal = address.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = hexadecimal.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => parseInt(group, 16));
}

/** The IPv4 address that is mapped into an IPv6 one (RFC 4291 §2.5.5.2), in dots. */
export function mappedIPv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.') : undefined;
}

/** As RFC 5952 §4 has it, which is how the URL standard serialises a host. */
export function writeIPv6(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(':');
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** The groups of an IPv6 address with all bits after the first `bits` cleared. */
export function maskIPv6(groups: readonly number[], bits: number): number[] {
  return groups.map((group, index) => group & groupMask(index, bits));
}

/** Which bits of a group belong to the first `bits` of the address. */
export function groupMask(index: number, bits: number): number {
  const own = Math.min(16, Math.max(0, bits - index * 16));
  return (0xffff << (16 - own)) & 0xffff;
}
