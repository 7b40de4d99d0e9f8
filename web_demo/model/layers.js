/**
 * The layers of a graph model, found by what its nodes do and not by their names.
 *
 * @module
 */

/** @typedef {{ name: string, op: string, input?: string[] }} GraphNode */
/** @typedef {"convolution" | "pooling" | "mean" | "dense"} LayerKind */

/**
 * @typedef {object} Layer
 * @property {LayerKind} kind
 * @property {string} output name of the node whose values are the layer's, after its activation
 * @property {string | null} kernel name of the weights
 */

/**
 * @typedef {object} Weights
 * @property {number[]} shape of a convolution: height, width, inputs, outputs; of a dense layer: inputs, outputs
 * @property {Float32Array} values
 */

/**
 * What a layer makes of one picture.
 *
 * @typedef {object} LayerMaps
 * @property {LayerKind} kind
 * @property {number} height
 * @property {number} width
 * @property {number} count
 * @property {Float32Array} values height × width × count
 * @property {Weights | null} kernel
 */

/** @type {[pattern: RegExp, kind: LayerKind][]} */
const KINDS = [
  [/Conv2[dD]/, "convolution"],
  [/MaxPool|AvgPool/, "pooling"],
  [/^Mean$/, "mean"],
  [/MatMul/, "dense"],
];

/** What belongs to the layer before it. */
const FOLLOWERS = /^(BiasAdd|Relu6?|LeakyRelu|Elu|Sigmoid|Tanh|AddV2|Mul|FusedBatchNorm(V[23])?)$/;

/**
 * @param {GraphNode[]} nodes each after those that it takes its inputs from
 * @returns {Layer[]} from the input to the output
 */
export function findLayers(nodes) {
  return nodes.flatMap((node) => {
    const kind = KINDS.find(([pattern]) => pattern.test(node.op))?.[1];
    if (kind === undefined) {
      return [];
    }
    const hasKernel = kind === "convolution" || kind === "dense";
    return [{ kind, output: endOf(node, nodes).name, kernel: hasKernel ? weightsOf(node, nodes) : null }];
  });
}

/**
 * @param {GraphNode} node
 * @param {GraphNode[]} nodes
 * @returns {GraphNode} the last node of the chain that begins with the layer's own
 */
function endOf(node, nodes) {
  const users = nodes.filter(({ input }) => input?.some((name) => nodeName(name) === node.name));
  return users.length === 1 && FOLLOWERS.test(users[0].op) ? endOf(users[0], nodes) : node;
}

/**
 * @param {GraphNode} node
 * @param {GraphNode[]} nodes
 */
function weightsOf({ input }, nodes) {
  const name = nodeName(input?.[1] ?? "");
  return nodes.some((node) => node.name === name && node.op === "Const") ? name : null;
}

/**
 * @param {string} input as in "node:0"
 * @returns {string}
 */
function nodeName(input) {
  return input.split(":", 1)[0];
}

/**
 * One map of a layer.
 *
 * @param {LayerMaps} layer
 * @param {number} index
 * @returns {Float32Array} height × width
 */
export function mapOf({ height, width, count, values }, index) {
  return Float32Array.from({ length: height * width }, (_, pixel) => values[pixel * count + index]);
}

/**
 * The parts of a kernel that make one map: one for each map before it.
 *
 * @param {Weights} kernel
 * @param {number} index
 * @returns {{ height: number, width: number, parts: Float32Array[] }}
 */
export function kernelOf({ shape, values }, index) {
  const [outputs, inputs, width = 1, height = 1] = [...shape].reverse();
  const parts = Array.from({ length: inputs }, (_, input) =>
    Float32Array.from({ length: height * width }, (_, pixel) => values[(pixel * inputs + input) * outputs + index]),
  );
  return { height, width, parts };
}
