# frozen_string_literal: true

# Two datasets: one of five pictures with two annotations each, and one of a single picture with two files.
module Sample
  def self.datasets
    [{ id: "d1", name: "Cats", modality: "idah-image", entries: (1..5).map { |number| entry(number) } },
     { id: "d2", name: "Dogs", modality: "idah-image", entries: [entry(6, medias: [
       { id: "m1", key: "", filename: "rex.png", bytes: "\x89PNG\xff".b }, { id: "m2", key: "thumb", filename: "rex-thumb.png", bytes: "small" }
     ])] }]
  end

  def self.entry(number, **more)
    { id: "e#{number}", name: "#{number}.png", status: number.even? ? "completed" : "pending", **more, annotations: [
      { id: "a#{number}", dimensions: { type: "idah-image:bounding-box", points: [[0, 0], [1, 0.5]] }, annotation: { category: "cat" } },
      { id: "b#{number}", dimensions: { type: "idah-image:polygon", points: [] }, annotation: { category: "ear" } }
    ] }
  end
end
