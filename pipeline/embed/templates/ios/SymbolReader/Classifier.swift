import Foundation
import TensorFlowLite

/// Probabilities for one prepared image, in the order of `Contract.labels`.
final class Classifier {
  private let network: ByteNetwork

  init() throws {
    network = try ByteNetwork(Contract.modelName)
  }

  func classify(_ image: [UInt8]) throws -> [Float] {
    try network.run(image).map { Float($0) * Contract.outputScale }
  }
}

/// A second network, which says whether an image shows any of `Contract.labels` at all.
final class Detector {
  private let network: ByteNetwork

  init() throws {
    network = try ByteNetwork(Contract.detectorName)
  }

  /// Whether the answer for the image is to be withheld.
  func isNone(_ image: [UInt8]) throws -> Bool {
    let outputs = try network.run(image)
    return Int(outputs[Contract.labels.count]) > Contract.maxNone
  }
}

/// A TFLite file with bytes at its border, in LiteRT's interpreter.
private final class ByteNetwork {
  private let interpreter: Interpreter

  init(_ name: String) throws {
    guard let path = Bundle.main.path(forResource: name, ofType: Contract.modelExtension) else {
      throw CocoaError(.fileNoSuchFile)
    }
    var options = Interpreter.Options()
    options.threadCount = 1
    interpreter = try Interpreter(modelPath: path, options: options)
    try interpreter.allocateTensors()
  }

  /// Outputs as they are stored. Bytes are pixels: nothing is scaled on the way in.
  func run(_ image: [UInt8]) throws -> [UInt8] {
    try interpreter.copy(Data(image), toInputAt: 0)
    try interpreter.invoke()
    return [UInt8](try interpreter.output(at: 0).data)
  }
}
