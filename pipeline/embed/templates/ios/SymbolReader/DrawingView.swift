import SwiftUI

/// Strokes on paper; each is a list of points from 0 to 1.
struct DrawingView: View {
  @Binding var strokes: [[CGPoint]]
  let onLifted: () -> Void
  @State private var isDrawing = false

  var body: some View {
    GeometryReader { geometry in
      Canvas { context, size in
        context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
        context.stroke(path(size), with: .color(.black), style: Drawing.pen(size.width))
      }
      .gesture(
        DragGesture(minimumDistance: 0)
          .onChanged { drag in
            let point = CGPoint(
              x: drag.location.x / geometry.size.width, y: drag.location.y / geometry.size.height)
            if isDrawing { strokes[strokes.count - 1].append(point) } else { strokes.append([point]) }
            isDrawing = true
          }
          .onEnded { _ in
            isDrawing = false
            onLifted()
          })
    }
    .aspectRatio(1, contentMode: .fit)
    .border(.gray)
  }

  private func path(_ size: CGSize) -> Path {
    Path(Drawing.path(strokes, side: size.width))
  }
}

/// Strokes as a path and as grey levels.
enum Drawing {
  static let side = 280

  static func pen(_ width: CGFloat) -> StrokeStyle {
    StrokeStyle(lineWidth: width / 14, lineCap: .round, lineJoin: .round)
  }

  static func path(_ strokes: [[CGPoint]], side: CGFloat) -> CGPath {
    let path = CGMutablePath()
    for stroke in strokes {
      path.addLines(between: stroke.map { CGPoint(x: $0.x * side, y: $0.y * side) })
    }
    return path
  }

  /// `side` rows of `side` bytes, black on white, the first row at the top.
  static func grey(_ strokes: [[CGPoint]]) -> [UInt8] {
    var levels = [UInt8](repeating: 255, count: side * side)
    levels.withUnsafeMutableBytes { bytes in
      guard
        let context = CGContext(
          data: bytes.baseAddress, width: side, height: side, bitsPerComponent: 8, bytesPerRow: side,
          space: CGColorSpaceCreateDeviceGray(), bitmapInfo: CGImageAlphaInfo.none.rawValue)
      else { return }
      // Core Graphics counts rows from below.
      context.translateBy(x: 0, y: CGFloat(side))
      context.scaleBy(x: 1, y: -1)
      context.setStrokeColor(gray: 0, alpha: 1)
      context.setLineWidth(CGFloat(side) / 14)
      context.setLineCap(.round)
      context.setLineJoin(.round)
      context.addPath(path(strokes, side: CGFloat(side)))
      context.strokePath()
    }
    return levels
  }
}
