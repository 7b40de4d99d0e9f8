/// From any grey picture to the model's input: preparation.c, the same on every device.
enum Preparation {
  /// The model's input, or nil for a picture without ink.
  ///
  /// - Parameter picture: grey levels, height rows of width bytes; 0 is black
  static func image(of picture: [UInt8], height: Int, width: Int) -> [UInt8]? {
    precondition(picture.count == height * width)
    var image = [UInt8](repeating: 0, count: Contract.imageBytes)
    let hasInk = prepare_picture(picture, Int32(height), Int32(width), &image)
    return hasInk == 0 ? nil : image
  }
}
