import SwiftUI

@main
struct SymbolReaderApp: App {
  var body: some Scene {
    WindowGroup { ReaderView() }
  }
}

/// A square of paper, the answer below it, and a button that clears both.
struct ReaderView: View {
  @State private var strokes: [[CGPoint]] = []
  @State private var answer = "Draw"
  private let networks = Result { (classifier: try Classifier(), detector: try Detector()) }

  var body: some View {
    VStack(spacing: 16) {
      DrawingView(strokes: $strokes) { answer = read() }
      Text(answer).font(.largeTitle)
      Button("Clear") {
        strokes = []
        answer = "Draw"
      }
    }
    .padding()
  }

  private func read() -> String {
    let side = Drawing.side
    guard let image = Preparation.image(of: Drawing.grey(strokes), height: side, width: side) else { return "No ink" }
    do {
      let (classifier, detector) = try networks.get()
      if try detector.isNone(image) { return "No symbol here" }
      let probabilities = try classifier.classify(image)
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      return String(format: "%@  %.1f%%", Contract.labels[best], 100 * probabilities[best])
    } catch {
      return error.localizedDescription
    }
  }
}
