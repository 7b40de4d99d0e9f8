import Foundation
import TensorFlowLite

/// Probabilities for one prepared image, in the order of `Contract.labels`, and whether any label is on it at all.
final class Classifier {
  private let classifier: Interpreter
  private let detector: Interpreter

  init() throws {
    classifier = try Classifier.load(Contract.modelName)
    detector = try Classifier.load(Contract.detectorName)
  }

  func classify(_ image: [UInt8]) throws -> [Float] {
    try run(classifier, image).map { Float($0) * Contract.outputScale }
  }

  /// Whether the answer for the image is to be withheld.
  func isNone(_ image: [UInt8]) throws -> Bool {
    let outputs = try run(detector, image)
    return Int(outputs[Contract.labels.count]) > Contract.maxNone
  }

  /// Bytes are pixels, and bytes are probabilities: nothing is scaled on the way in.
  private func run(_ interpreter: Interpreter, _ image: [UInt8]) throws -> [UInt8] {
    try interpreter.copy(Data(image), toInputAt: 0)
    try interpreter.invoke()
    return [UInt8](try interpreter.output(at: 0).data)
  }

  private static func load(_ name: String) throws -> Interpreter {
    guard let path = Bundle.main.path(forResource: name, ofType: Contract.modelExtension) else {
      throw CocoaError(.fileNoSuchFile)
    }
    var options = Interpreter.Options()
    options.threadCount = 1
    let interpreter = try Interpreter(modelPath: path, options: options)
    try interpreter.allocateTensors()
    return interpreter
  }
}
