// A volume in three planes and in 3D, by niivue, which is loaded only when somebody asks for it.

const LIBRARY = new URL("../vendor/niivue/niivue.umd.js", import.meta.url);
const HEADER = 352;
const LOOK = {
  crosshairColor: [0.45, 0.77, 0.87, 0.7],
  crosshairWidth: 1,
  dragAndDropEnabled: false,
  logLevel: "error",
  show3Dcrosshair: true,
};
const TYPES = { uint8: [2, Uint8Array], int16: [4, Int16Array], uint16: [512, Uint16Array], float32: [16, Float32Array] };

/**
 * Shows the slices of a series in a canvas; resolves to a function that takes them away again.
 *
 * Rejects with an Error whose message is for people: no WebGL2, or slices that are not all there.
 */
export async function showVolume(canvas, series, frames, window) {
  if (!document.createElement("canvas").getContext("webgl2")) {
    throw new Error("This browser or its graphics driver has no WebGL2, which the view in three planes needs. Slices can be scrolled as before.");
  }
  const volume = nifti(series, frames);
  const { Niivue, SLICE_TYPE, SHOW_RENDER } = await library();
  const niivue = new Niivue(LOOK);
  await niivue.attachToCanvas(canvas);
  niivue.setSliceType(SLICE_TYPE.MULTIPLANAR);
  niivue.opts.multiplanarShowRender = SHOW_RENDER.ALWAYS;
  niivue.setRadiologicalConvention(true);
  await niivue.loadFromArrayBuffer(volume, "volume.nii");
  niivue.volumes[0].cal_min = window.centre - window.width / 2;
  niivue.volumes[0].cal_max = window.centre + window.width / 2;
  niivue.updateGLVolume();
  return () => {
    while (niivue.volumes.length) niivue.removeVolumeByIndex(0);
    niivue.gl.getExtension("WEBGL_lose_context")?.loseContext();
  };
}

let loading = null;

function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = () => resolve(globalThis.niivue);
    script.onerror = () => reject(new Error("The part of the page that shows volumes could not be loaded."));
    document.head.append(script);
  });
  return loading;
}

/** The slices as a NIfTI-1 file, whose space is RAS where DICOM's is LPS. */
export function nifti(series, frames) {
  const count = series.frames.length;
  const slices = Array.from({ length: count }, (_, at) => frames.get(at + 1));
  if (!slices.every((slice) => slice?.values)) throw new Error("Some slices are missing or cannot be decoded.");
  const alike = slices.every((slice) => slice.type === slices[0].type);
  const [code, Values] = TYPES[alike ? slices[0].type : "float32"];
  const { rows, columns } = slices[0];
  const file = new ArrayBuffer(HEADER + rows * columns * count * Values.BYTES_PER_ELEMENT);
  const head = new DataView(file);
  const put = (at, values, how = "setFloat32", size = 4) =>
    values.forEach((value, index) => head[how](at + index * size, value, true));
  const spacing = [series.spacing[1], series.spacing[0], series.slice_spacing];
  put(0, [348], "setInt32");
  put(40, [3, columns, rows, count, 1, 1, 1, 1], "setInt16", 2);
  put(70, [code, Values.BYTES_PER_ELEMENT * 8], "setInt16", 2);
  put(76, [1, ...spacing, 0, 0, 0, 0]);
  put(108, [HEADER, 1, 0]);
  head.setUint8(123, 2); // mm
  put(252, [0, 1], "setInt16", 2);
  affine(series, spacing).forEach((row, at) => put(280 + 16 * at, row));
  put(344, [0x6e, 0x2b, 0x31, 0], "setUint8", 1);
  const values = new Values(file, HEADER);
  slices.forEach((slice, at) => values.set(slice.values, at * rows * columns));
  return file;
}

function affine(series, [across, down, along]) {
  const row = series.row_direction ?? [1, 0, 0];
  const column = series.column_direction ?? [0, 1, 0];
  const normal = series.normal ?? [0, 0, 1];
  const position = series.position ?? [0, 0, 0];
  const places = series.frames.map((frame) => frame.place);
  const falling = places[0] !== null && places.at(-1) < places[0];
  return [-1, -1, 1].map((sign, axis) =>
    [row[axis] * across, column[axis] * down, normal[axis] * along * (falling ? -1 : 1), position[axis]].map(
      (value) => sign * value,
    ),
  );
}
