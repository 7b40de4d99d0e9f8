import Foundation
import TensorFlowLite

/// Probabilities for one prepared image, in the order of `Contract.labels`.
final class Classifier {
  private let interpreter: Interpreter

  init() throws {
    guard let path = Bundle.main.path(forResource: Contract.modelName, ofType: Contract.modelExtension) else {
      throw CocoaError(.fileNoSuchFile)
    }
    var options = Interpreter.Options()
    options.threadCount = 1
    interpreter = try Interpreter(modelPath: path, options: options)
    try interpreter.allocateTensors()
  }

  func classify(_ image: [UInt8]) throws -> [Float] {
    // Bytes are pixels, and bytes are probabilities: nothing is scaled on the way in.
    try interpreter.copy(Data(image), toInputAt: 0)
    try interpreter.invoke()
    return try interpreter.output(at: 0).data.map { Float($0) * Contract.outputScale }
  }
}
