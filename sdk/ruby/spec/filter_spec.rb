# frozen_string_literal: true

# As `source/src/datasets/filter.rs` has it, whose examples these are.
RSpec.describe LongshorePlugin::Spec::Filter do
  def passes(kind, record)
    ->(filter) { described_class.new(kind, filter).pass?(record) }
  end

  it "asks of entries what a worker asks" do
    entry = passes(:entries, status: "completed", priority: 3, name: "A.png", job_id: nil, submitted_by_id: 7)
    met = [{}, { status: "completed" }, { status__in: %w[pending completed], priority__gte: 3 }, { priority__lt: "10" }, { priority__lte: 3 },
           { name__match: "a.P" }, { name__suffix: ".png" }, { name__contains: ".p" }, { job_id: nil, job_id__exists: false },
           { assigned: false }, { participated: 7 }, { colour: "red" }, { name__near: "x" }, { wf_step__neq: "review" }]
    unmet = [{ status: ["pending"] }, { status__neq: "completed" }, { priority__gt: 3 }, { name__prefix: "a" }, { participated: [8, 9] },
             { wf_step: "review" }, { wf_step__gt: "a" }, { wf_step__match: "" }]
    expect(met.reject(&entry)).to be_empty
    expect(unmet.select(&entry)).to be_empty
  end

  it "asks of annotations what shape they are, and leaves out deleted ones" do
    box = { dimensions: { type: "idah-image:bounding-box" } }
    met = [{ type: "idah-image:bounding-box" }, { type: "bounding_box" }, { type__in: %w[polygon bounding-box] }]
    unmet = [{ type: "idah-video:bounding-box" }, { type: "polygon" }]
    expect(met.reject(&passes(:annotations, box))).to be_empty
    expect(unmet.select(&passes(:annotations, box))).to be_empty
    expect([{}, { deleted_at__exists: true }].select(&passes(:annotations, box.merge(deleted_at: "2026-01-14")))).to eq([{ deleted_at__exists: true }])
  end

  it "compares times however they are written" do
    entry = passes(:entries, updated_at: "2026-01-14 10:23:18 +0000", created_at: "soon")
    met = [{ updated_at__gt: "2026-01-14T10:00:00Z" }, { updated_at__lt: "2026-01-14T10:23:18.5Z" }, { updated_at__lte: "2026-01-14T12:23:18+02:00" },
           { updated_at: ["2026-01-14T10:23:18Z"] }, { updated_at__prefix: "2026-01-14 10" }, { updated_at__gt: "2026-01-14" }, { created_at: "soon" }]
    expect(met.reject(&entry)).to be_empty
    expect(entry.call({ updated_at__gte: "2026-01-15" })).to be(false)
  end

  it "takes a media without a key for the original" do
    expect([nil, "", "thumb"].select { |key| passes(:medias, { key: key }).call({ key: "" }) }).to eq([nil, ""])
  end
end
