// MD5s beside the page, so that it stays quick: of each part, and of the whole as far as it came.
import SparkMD5 from "spark-md5";

const wholes = new Map<number, SparkMD5.ArrayBuffer>();

self.onmessage = async (event: MessageEvent<{ id: number; call: number; part?: Blob; end?: boolean; forget?: boolean }>) => {
  const { id, call, part, end, forget } = event.data;
  if (forget) {
    wholes.get(id)?.destroy();
    wholes.delete(id);
    return;
  }
  try {
    const whole = wholes.get(id) ?? new SparkMD5.ArrayBuffer();
    wholes.set(id, whole);
    let md5 = "";
    if (part) {
      const data = await part.arrayBuffer();
      whole.append(data);
      md5 = SparkMD5.ArrayBuffer.hash(data);
    }
    if (end) {
      md5 = whole.end();
      wholes.delete(id);
    }
    self.postMessage({ call, md5 });
  } catch (error) {
    self.postMessage({ call, error: String(error) });
  }
};
