//! Element and data segments.

use wasmparser::{
    Data, DataKind, DataSectionReader, Element, ElementItems, ElementKind, ElementSectionReader,
};

use super::Scan;
use crate::violation_code::ViolationCode;

impl<'a> Scan<'a, '_> {
    /// The element section.
    pub(super) fn elements(&mut self, section: ElementSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.element_segments_max;
        let code = ViolationCode::ElementSegmentCount;
        if self.within(code, offset, "element segments", limit, count) {
            self.facts.segments = self.facts.segments.saturating_add(count);
            self.items(9, section, Self::element_segment);
        }
    }

    /// One element segment: active, for table 0, a list of function indices.
    fn element_segment(&mut self, offset: usize, element: Element<'a>) {
        match element.kind {
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                if table_index.unwrap_or(0) != 0 {
                    self.find(
                        ViolationCode::MultiTable,
                        offset,
                        "an element segment is for a table other than 0",
                    );
                }
                self.constant(&offset_expr, "the offset of an element segment");
            }
            ElementKind::Passive => self.find(
                ViolationCode::PassiveElements,
                offset,
                "an element segment is passive",
            ),
            ElementKind::Declared => self.find(
                ViolationCode::DeclaredElements,
                offset,
                "an element segment is declared",
            ),
        }
        let items = element.items;
        let count = match &items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => {
                self.find(
                    ViolationCode::ElementExpressions,
                    offset,
                    "an element segment is written as expressions",
                );
                items.count()
            }
        };
        let count = u64::from(count);
        let limit = self.limits.table_elements_max;
        let code = ViolationCode::TableElements;
        if self.within(code, offset, "items in an element segment", limit, count) {
            self.facts.element_items = self.facts.element_items.saturating_add(count);
            if let ElementItems::Functions(items) = items {
                self.facts
                    .table_functions
                    .extend(items.into_iter().flatten());
            }
        }
    }

    /// The data section.
    pub(super) fn data(&mut self, section: DataSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.data_segments_max;
        let code = ViolationCode::DataSegmentCount;
        if self.within(code, offset, "data segments", limit, count) {
            self.facts.segments = self.facts.segments.saturating_add(count);
            self.items(11, section, Self::data_segment);
        }
    }

    /// One data segment, active for memory 0 or passive.
    fn data_segment(&mut self, offset: usize, data: Data<'a>) {
        self.facts.passive_data |= matches!(data.kind, DataKind::Passive);
        if let DataKind::Active {
            memory_index,
            offset_expr,
        } = data.kind
        {
            if memory_index != 0 {
                self.find(
                    ViolationCode::MultiMemory,
                    offset,
                    "a data segment is for a memory other than 0",
                );
            }
            self.constant(&offset_expr, "the offset of a data segment");
        }
        let bytes = u64::try_from(data.data.len()).unwrap_or(u64::MAX);
        self.facts.data_bytes = self.facts.data_bytes.saturating_add(bytes);
    }
}
