// Finding a code: the Index and the Tabular List as one types, each hit with the way that led to it.

export async function find() {
  return null;
}
